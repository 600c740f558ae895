"""How many dimensions: degrees of freedom and component criteria."""
