"""The functions that Azure sees: HTTP routes, orchestrators, activities. They only translate."""
