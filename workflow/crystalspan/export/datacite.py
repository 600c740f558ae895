"""Metadata as DataCite's schema 4.5 has them (datacite-metadata-schema.readthedocs.io): for a DOI."""

from crystalspan.export.about import Author
from crystalspan.export.deposit import Deposit

# The schema's own word for what is to be said later.
LATER = ":tba"


def datacite(deposit: Deposit) -> dict:
    """The content of ``datacite.json``."""
    about = deposit.about
    found = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Predicted crystal structures"},
        "creators": [_creator(author) for author in about.authors] or [{"name": LATER}],
        "titles": [{"title": about.title}],
        "publisher": {"name": about.publisher or LATER},
        "publicationYear": about.date[:4],
        "dates": [{"date": about.date, "dateType": "Created"}],
        "descriptions": [{"description": about.description, "descriptionType": "Abstract"}],
        "subjects": [{"subject": "crystal structure prediction"}, {"subject": deposit.molecule}],
        "sizes": [f"{sum(one.size for one in deposit.files)} bytes", f"{len(deposit.files)} files"],
        "formats": sorted({one.kind for one in deposit.files}),
    }
    if about.doi:
        found["doi"] = about.doi
    if about.licence.name:
        rights = {"rights": about.licence.name}
        if about.licence.address:
            rights["rightsUri"] = about.licence.address
        if about.licence.identifier:
            rights |= {"rightsIdentifier": about.licence.identifier, "rightsIdentifierScheme": "SPDX"}
        found["rightsList"] = [rights]
    return found


def _creator(author: Author) -> dict:
    found: dict = {"name": author.name}
    if author.given:
        found |= {"nameType": "Personal", "givenName": author.given, "familyName": author.family}
    if author.orcid:
        scheme = {"nameIdentifierScheme": "ORCID", "schemeUri": "https://orcid.org"}
        found["nameIdentifiers"] = [{"nameIdentifier": author.orcid, **scheme}]
    return found
