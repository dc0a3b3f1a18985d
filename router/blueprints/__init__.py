"""The functions that Azure sees: HTTP routes, orchestrators, activities. Thin; they only translate."""
