"""Metadata as an RO-Crate 1.1 (w3id.org/ro/crate/1.1)."""

from crystalspan.export.about import Author
from crystalspan.export.deposit import Deposit

_SPECIFICATION = "https://w3id.org/ro/crate/1.1"
_SOFTWARE = "#crystalspan"


# long: the entities one after the other.
def ro_crate(deposit: Deposit) -> dict:
    """The content of ``ro-crate-metadata.json``, which describes all other files."""
    about = deposit.about
    authors = [_author(author, i) for i, author in enumerate(about.authors)]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": about.title,
        "description": about.description,
        "datePublished": about.date,
        "keywords": ["crystal structure prediction", deposit.molecule],
        "author": [{"@id": one["@id"]} for one in authors],
        "hasPart": [{"@id": one.name} for one in deposit.files],
        "mentions": {"@id": "#export"},
    }
    more = []
    if about.licence.name:
        licence = about.licence.address or "#licence"
        root["license"] = {"@id": licence}
        more.append({"@id": licence, "@type": "CreativeWork", "name": about.licence.name})
    if about.publisher:
        root["publisher"] = {"@id": "#publisher"}
        more.append({"@id": "#publisher", "@type": "Organization", "name": about.publisher})
    if about.address:
        root |= {"identifier": about.address, "url": about.address}
    action = {
        "@id": "#export",
        "@type": "CreateAction",
        "name": "export of the landscape",
        "instrument": {"@id": _SOFTWARE},
        "result": {"@id": "./"},
    }
    software = {"@id": _SOFTWARE, "@type": "SoftwareApplication", "name": "CrystalSpan", "version": deposit.software}
    graph = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "conformsTo": {"@id": _SPECIFICATION},
            "about": {"@id": "./"},
        },
        root,
        *(_file(one) for one in deposit.files),
        *authors,
        *more,
        action,
        software,
    ]
    return {"@context": [f"{_SPECIFICATION}/context", {"sha256": "https://schema.org/sha256"}], "@graph": graph}


def _file(one) -> dict:
    found = {"@id": one.name, "@type": "File", "name": one.name, "description": one.about, "encodingFormat": one.kind}
    return found | {"contentSize": str(one.size), "sha256": one.sha256}


def _author(author: Author, i: int) -> dict:
    found = {"@id": author.orcid or f"#author-{i + 1}", "@type": "Person" if author.given else "Organization"}
    found["name"] = author.name
    if author.given:
        found |= {"givenName": author.given, "familyName": author.family}
    return found
