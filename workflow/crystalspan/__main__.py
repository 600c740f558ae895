"""Run a stage: ``python -m crystalspan STAGE ...``."""

from crystalspan.cli import main

if __name__ == "__main__":
    main()
