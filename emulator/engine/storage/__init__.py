"""Clients of Azure Storage: queues, tables and large messages in blobs."""
