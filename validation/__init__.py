"""Measures the product from outside: estimators on clouds of known dimension, agreement with other libraries."""
