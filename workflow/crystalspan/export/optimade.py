"""``optimade.yaml``: how optimade-maker (1.0) serves the crystals by an OPTIMADE interface."""

from crystalspan.export.columns import PROPERTIES
from crystalspan.export.deposit import Deposit


def optimade(deposit: Deposit) -> dict:
    """The content of ``optimade.yaml``."""
    properties = []
    for one in PROPERTIES:
        if one.served:
            told = {"name": one.name, "title": one.name.replace("_", " "), "description": one.about, "type": one.kind}
            properties.append(told | ({"unit": one.unit} if one.unit else {}))
    structures = {
        "entry_type": "structures",
        "entry_paths": [{"file": "structures.zip", "matches": ["structures/*.cif"]}],
        "property_paths": [{"file": "structures.csv"}],
        "property_definitions": properties,
    }
    return {"config_version": "0.1.0", "database_description": deposit.about.title, "entries": [structures]}
