"""The sample app `orders`, in three releases."""
