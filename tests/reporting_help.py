"""Run a stage of the command line."""

from crystalspan import cli


def run(*arguments):
    cli.main([str(argument) for argument in arguments])
