"""Rules about what there is too little of: quota, capacity, storage, role assignments."""

from __future__ import annotations

from services.diagnosis.faults import Kind, Rule, codes, statuses, words
from services.errors import ErrorText

DELETE_OR_ASK = (
    "Delete an endpoint you no longer need, choose a smaller size, or ask for more quota in the "
    "Azure portal (Quotas, Machine Learning)."
)
NO_ROLES_LEFT = ErrorText(
    code="AzureRolesUsedUp",
    what="The subscription has no role assignments left.",
    why="Each endpoint's identity takes some, and the limit is reached.",
    advice="Remove role assignments nobody needs, or ask Azure for a higher limit.",
)
NO_ENDPOINTS_LEFT = ErrorText(
    code="AzureEndpointsUsedUp",
    what="The subscription has as many endpoints as it may.",
    why="{numbers}",
    advice="Delete an endpoint you no longer need, or ask Azure for a higher limit.",
)
NO_CAPACITY = ErrorText(
    code="AzureCapacity",
    what="Azure has no such machine free in this region now.",
    why="It is short of capacity; your quota is not the reason.",
    advice="Try again later, or choose a size of another family (`on:`).",
)
NO_SUCH_SIZE = ErrorText(
    code="AzureSizeRestricted",
    what="Azure does not offer this size to your subscription in this region now.",
    why="{said}",
    advice="Choose a size of another family (`on:`), or ask Azure to lift the restriction.",
)
NO_QUOTA = ErrorText(
    code="AzureQuota",
    what="The workspace's quota does not cover this machine.",
    why="{numbers}",
    advice=DELETE_OR_ASK,
)
NO_STORAGE = ErrorText(
    code="AzureStorageFull",
    what="Azure has no room left to {doing}.",
    why="{said}",
    advice="Make room in the workspace's storage account, or ask whoever looks after it.",
)
THROTTLED = ErrorText(
    code="AzureThrottled",
    what="Azure could not {doing} just now, because it gets too many requests{because}",
    advice="Try again in a few minutes.",
)
QUOTA_WORDS = words(
    "not enough (?:[a-z]{1,20} ){0,4}quota",
    "exceed(?:s|ed|ing)? (?:the )?(?:approved|quota|allowed quota|maximum allowed)",
    "exceeding[^\n]{0,60} quota",
    "exceeding quota limits",
    "quota (?:limit )?(?:is |was |has been )?(?:exceeded|reached)",
    "quota exceeded|out ?of ?quota|insufficient quota|no(?: available)? quota",
    "quota of \\d{1,9} and cannot",
    "usage/limit:? {0,2}\\d",
    "do(?:es)? not have enough quota",
)

RULES = (
    Rule(
        text=NO_ROLES_LEFT,
        kind=Kind.QUOTA,
        codes=codes("OutOfQuota", "QuotaExceeded"),
        pattern=words("role assignment"),
    ),
    Rule(text=NO_ROLES_LEFT, kind=Kind.QUOTA, codes=codes("RoleAssignmentLimitExceeded")),
    Rule(
        text=NO_ENDPOINTS_LEFT,
        kind=Kind.QUOTA,
        pattern=words(
            "endpoint quota reached",
            "limit of (?:\\d{1,6} )?(?:online )?endpoints",
            "(?:number of|maximum) endpoints",
            "endpoint limit|endpoints? per (?:subscription|region)",
        ),
    ),
    Rule(
        text=NO_CAPACITY,
        kind=Kind.CAPACITY,
        codes=codes(
            "OutOfCapacity",
            "AllocationFailed",
            "ZonalAllocationFailed",
            "InsufficientCapacity",
            "OverconstrainedAllocationRequest",
            "OverconstrainedZonalAllocationRequest",
            "ERR_1101",
        ),
        as_code="OutOfCapacity",
    ),
    Rule(
        text=NO_SUCH_SIZE,
        kind=Kind.CAPACITY,
        codes=codes("SkuNotAvailable", "VMSizeNotSupported", "InvalidVMSize", "SizeNotAvailable"),
    ),
    Rule(
        text=NO_SUCH_SIZE,
        kind=Kind.CAPACITY,
        pattern=words(
            "requested (?:vm )?size[^\n]{0,160} not (?:currently )?(?:available|supported)",
            "is currently not available in location",
        ),
        as_code="SkuNotAvailable",
    ),
    Rule(
        text=NO_CAPACITY,
        kind=Kind.CAPACITY,
        codes=codes("OutOfQuota", "OutOfCapacity", "None", "BadRequest", "ResourceNotReady"),
        pattern=words(
            "(?:not enough|insufficient|out of|no) (?:[a-z]{1,20} ){0,3}capacity",
            "capacity[^\n]{0,40} (?:not available|unavailable|exhausted)",
            r"not available in (?:the |this )?region",
            "cannot be allocated|allocation failed",
        ),
        as_code="OutOfCapacity",
    ),
    Rule(
        text=NO_CAPACITY,
        kind=Kind.CAPACITY,
        pattern=words(
            "(?:not enough|insufficient|out of) (?:[a-z]{1,20} ){0,3}capacity",
            "(?:do not|doesn't|does not) have sufficient capacity",
            "allocation failed",
        ),
        as_code="OutOfCapacity",
    ),
    Rule(
        text=NO_STORAGE,
        kind=Kind.QUOTA,
        codes=codes("InsufficientStorage", "AccountCapacityExceeded", "StorageQuotaExceeded"),
    ),
    Rule(text=NO_STORAGE, kind=Kind.QUOTA, statuses=statuses({507})),
    Rule(
        text=THROTTLED,
        kind=Kind.THROTTLED,
        codes=codes(
            "TooManyRequests",
            "SubscriptionRequestsThrottled",
            "TenantRequestsThrottled",
            "ResourceRequestsThrottled",
            "RequestThrottled",
            "RateLimitExceeded",
            "ThrottlingException",
            "OperationThrottled",
            "ResourceCollectionRequestsThrottled",
        ),
    ),
    Rule(text=THROTTLED, kind=Kind.THROTTLED, statuses=statuses({429})),
    Rule(
        text=NO_QUOTA,
        kind=Kind.QUOTA,
        pattern=QUOTA_WORDS,
        as_code="OutOfQuota",
    ),
    Rule(
        text=NO_QUOTA,
        kind=Kind.QUOTA,
        codes=codes(
            "OutOfQuota",
            "QuotaExceeded",
            "InsufficientQuota",
            "ClusterMinNodesExceedCoreQuota",
            "ClusterCoreQuotaReached",
            "ClusterQuotaReached",
            "TotalQuotaExceeded",
            "InsufficientVCPUQuota",
            "ResourceQuotaExceeded",
            "LowPriorityQuotaExceeded",
            "SubscriptionQuotaExceeded",
            "QuotaNotAvailable",
        ),
    ),
)
