"""Metadata as Croissant 1.0 (mlcommons.org/croissant/1.0): files, columns and the split, for programs that learn."""

from crystalspan.export.columns import FLOAT, INTEGER, PROPERTIES, TEXT
from crystalspan.export.deposit import Deposit, DepositedFile
from crystalspan.export.split import TEST, TRAIN, VALIDATION

_TABLE = "structures.csv"
_TYPES = {INTEGER: "sc:Integer", FLOAT: "sc:Float", TEXT: "sc:Text"}
_PARTS = {TRAIN: "cr:TrainingSplit", VALIDATION: "cr:ValidationSplit", TEST: "cr:TestSplit"}
# As the specification prescribes it.
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(deposit: Deposit) -> dict:
    """The content of ``croissant.json``."""
    about = deposit.about
    found = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": about.title,
        "description": about.description,
        "datePublished": about.date,
        "version": "1.0.0",
        "isLiveDataset": False,
        "keywords": ["crystal structure prediction", deposit.molecule],
        "creator": [_creator(author) for author in about.authors],
        "distribution": [_file(one) for one in deposit.files],
        "recordSet": [_splits(), _crystals()],
    }
    if about.authors:
        names = "; ".join(author.name for author in about.authors)
        told = [names, about.title, about.publisher, about.date[:4], about.address]
        found["citeAs"] = ". ".join(filter(None, told))
    if about.licence.name:
        found["license"] = about.licence.address or about.licence.name
    if about.publisher:
        found["publisher"] = {"@type": "sc:Organization", "name": about.publisher}
    if about.address:
        found["url"] = about.address
    return found


def _creator(author) -> dict:
    found = {"@type": "sc:Person" if author.given else "sc:Organization", "name": author.name}
    return found | ({"url": author.orcid} if author.orcid else {})


def _file(one: DepositedFile) -> dict:
    return {
        "@type": "cr:FileObject",
        "@id": one.name,
        "name": one.name,
        "description": one.about,
        "contentUrl": one.name,
        "contentSize": f"{one.size} B",
        "encodingFormat": one.kind,
        "sha256": one.sha256,
    }


def _crystals() -> dict:
    fields = []
    for one in PROPERTIES:
        field = {
            "@type": "cr:Field",
            "@id": f"crystals/{one.name}",
            "name": one.name,
            "description": one.about + (f" ({one.unit})" if one.unit else ""),
            "dataType": _TYPES[one.kind],
            "source": {"fileObject": {"@id": _TABLE}, "extract": {"column": one.name}},
        }
        if one.name == "split":
            field["references"] = {"field": {"@id": "splits/name"}}
        fields.append(field)
    about = "a crystal a record, in the order of lattice energy"
    return {
        "@type": "cr:RecordSet",
        "@id": "crystals",
        "name": "crystals",
        "description": about,
        "key": {"@id": "crystals/id"},
        "field": fields,
    }


def _splits() -> dict:
    kinds = {"name": ("sc:Text", "name of the part"), "url": ("sc:URL", "what it is for")}
    fields = [
        {"@type": "cr:Field", "@id": f"splits/{name}", "name": name, "description": about, "dataType": kind}
        for name, (kind, about) in kinds.items()
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "the parts of the split; duplicates and relatives are in one part",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": fields,
        "data": [{"splits/name": name, "splits/url": kind} for name, kind in _PARTS.items()],
    }
