"""The limits of the extension's options, and its error texts for values beyond them."""

from collections.abc import Callable

from emulator.durable.app.options import Options, refuse

DEFAULT_VISIBILITY_SECONDS = 300
_PROVIDER = "storageProvider"
_CONCURRENCY = (
    "maxConcurrentActivityFunctions",
    "maxConcurrentOrchestratorFunctions",
    "maxConcurrentEntityFunctions",
    "maxEntityOperationBatchSize",
)
_EXTENDED_SESSIONS = (
    "Durable Functions with extendedSessionsEnabled set to 'true' is only supported when using the "
    "in-process or isolated .NET worker. Please remove the setting or change it to 'false'.See "
    "https://docs.microsoft.com/azure/azure-functions/durable/durable-functions-perf-and-scale"
    "#extended-sessions for more details."
)


def check(options: Options) -> None:
    """Raise InvalidSettingError for the first option that the real extension refuses."""
    provider = options.text(_PROVIDER, "type")
    if provider and provider.lower() != "azurestorage":
        refuse(
            f"Storage provider type ({provider}) was not found. Available storage providers: "
            "AzureStorage. System.Linq: Sequence contains no matching element."
        )
    if options.flag("extendedSessionsEnabled"):
        refuse(_EXTENDED_SESSIONS)
    for name in _CONCURRENCY:
        if options.number(1, name) < 1:
            refuse(f"{name[0].upper()}{name[1:]} must be a positive integer value.")
    _check_queues(options)


def _check_queues(options: Options) -> None:
    def number(default: int, name: str) -> int:
        return options.number(default, _PROVIDER, name)

    visibility = options.seconds(
        DEFAULT_VISIBILITY_SECONDS, _PROVIDER, "controlQueueVisibilityTimeout"
    )
    if not 60 <= visibility <= 3600:
        refuse("ControlQueueVisibilityTimeout must be between 1 and 60 minutes.")
    options.seconds(DEFAULT_VISIBILITY_SECONDS, _PROVIDER, "workItemQueueVisibilityTimeout")
    options.seconds(30, _PROVIDER, "maxQueuePollingInterval")
    if not 1 <= number(4, "partitionCount") <= 16:
        refuse("PartitionCount must be an integer value between 1 and 16.")
    _check_batches(number)


def _check_batches(number: Callable[[int, str], int]) -> None:
    batch = number(32, "controlQueueBatchSize")
    if batch < 1:
        refuse("ControlQueueBatchSize must be a non-negative integer.")
    if batch > 32:
        refuse(
            "The control queue batch size must not exceed 32. (Parameter 'settings').",
            "DurableTask.AzureStorage",
        )
    if not 1 <= number(256, "controlQueueBufferThreshold") <= 1000:
        refuse("ControlQueueBufferThreshold must be between 1 and 1000.")
