"""Azure Machine Learning, the only part that imports `azure`, and only when first used."""
