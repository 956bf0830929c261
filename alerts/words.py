"""The fixed words of messages in English and Chinese, one table per noun."""

from collections.abc import Mapping

from groundswell.types import AlertState, Severity, Topic, Trace

Words = Mapping[str, str]

SEVERITY: Mapping[Severity, Words] = {
    Severity.L0: {"en": "normal", "zh": "正常"},
    Severity.L1: {"en": "watch", "zh": "关注"},
    Severity.L2: {"en": "active", "zh": "活跃"},
    Severity.L3: {"en": "serious", "zh": "严重"},
    Severity.L4: {"en": "severe", "zh": "重大"},
}

STATE: Mapping[AlertState, Words] = {
    AlertState.FIRING: {"en": "new", "zh": "新预警"},
    AlertState.UPDATE: {"en": "update", "zh": "进展"},
    AlertState.RESOLVED: {"en": "resolved", "zh": "已平息"},
}

TOPIC: Mapping[Topic, Words] = {
    Topic.PRODUCT_QUALITY: {"en": "product quality", "zh": "产品质量"},
    Topic.DELIVERY: {"en": "delivery", "zh": "物流配送"},
    Topic.CUSTOMER_SERVICE: {"en": "customer service", "zh": "客户服务"},
    Topic.PRICE_VALUE: {"en": "price and value", "zh": "价格与价值"},
    Topic.REFUND_RETURN: {"en": "refund and return", "zh": "退换与退款"},
    Topic.BILLING_PAYMENT: {"en": "billing and payment", "zh": "账单与支付"},
    Topic.AUTHENTICITY: {"en": "authenticity", "zh": "真伪与虚假宣传"},
    Topic.APP_WEBSITE: {"en": "app and website", "zh": "应用与网站"},
    Topic.SAFETY_HEALTH: {"en": "safety and health", "zh": "安全与健康"},
    Topic.PRIVACY_SECURITY: {"en": "privacy and security", "zh": "隐私与账号安全"},
}

RULE: Mapping[str, Words] = {
    "media": {"en": "many voices speak of the press", "zh": "多个声音提及媒体"},
    "regulator": {"en": "many voices speak of courts or regulators", "zh": "多个声音提及法院或监管部门"},
    "harm": {"en": "many voices report harm or danger", "zh": "多个声音反映伤害或危险"},
    "fast": {"en": "it grows fast", "zh": "增长迅速"},
    "high_reach": {"en": "an account with a large audience posted", "zh": "有高关注账号发帖"},
    "safety_words": {"en": "several voices report a danger", "zh": "有声音反映安全问题"},
    "legal_words": {"en": "several voices speak of courts or regulators", "zh": "有声音提及法院或监管部门"},
    "viral": {"en": "it is spreading", "zh": "正在扩散"},
    "echoing": {"en": "several voices, more than twice the expected", "zh": "多个声音，超过预期两倍"},
    "complaints": {"en": "single complaints", "zh": "零星投诉"},
}
"""The detector's `severity:` codes; one that is not here is left unsaid."""

TRACE: Mapping[Trace, Words] = {  # beside "are one text" and "seen only once", which have their own sentences
    Trace.ORIGINS: {
        "en": "different texts among the {of} posts with own words: {n}",
        "zh": "{of} 条有正文的帖子只有 {n} 种不同文本",
    },
    Trace.SAME_MINUTE: {
        "en": "{n} of {of} posts came within one minute",
        "zh": "{of} 条帖子中有 {n} 条在一分钟内发布",
    },
    Trace.IN_STEP: {
        "en": "{n} of {of} posts came within five minutes of a similar text from another account",
        "zh": "{of} 条帖子中有 {n} 条与其他账号的相似文本相隔不到五分钟",
    },
    Trace.NEWCOMERS: {
        "en": "{n} of {of} posts come from accounts not heard on the brand in the three days before",
        "zh": "{of} 条帖子中有 {n} 条来自此前三天未提及该品牌的账号",
    },
    Trace.EVEN_GAPS: {
        "en": "{n} of {of} waits between posts are equally long",
        "zh": "{of} 次发帖间隔中有 {n} 次长度相同",
    },
}

MISSING: Mapping[str, Words] = {
    "surprise": {"en": "no unusual number", "zh": "数量并不异常"},
    "negative": {"en": "too few are surely negative", "zh": "确定为负面的太少"},
    "growth": {"en": "no growth", "zh": "没有增长"},
    "breadth": {"en": "too few independent voices", "zh": "独立声音太少"},
    "reach": {"en": "little reach", "zh": "触达有限"},
    "history": {"en": "too little history to compare with", "zh": "可比历史太短"},
}
"""The detector's `not:` codes: what a story lacks to be viral."""

LABEL: Mapping[str, Words] = {
    "surge": {"en": "Negative posts", "zh": "负面帖子"},
    "breadth": {"en": "Breadth", "zh": "广度"},
    "growth": {"en": "Growth (R)", "zh": "传播 (R)"},
    "forecast": {"en": "Next 24 hours", "zh": "未来 24 小时"},
    "total": {"en": "So far", "zh": "累计"},
    "reach": {"en": "Reach", "zh": "触达"},
    "copies": {"en": "Copying", "zh": "复制痕迹"},
    "topics": {"en": "Topics", "zh": "投诉主题"},
    "first": {"en": "First post", "zh": "首帖时间"},
    "why": {"en": "Why", "zh": "原因"},
    "quotes": {"en": "In their own words", "zh": "原文摘录"},
    "open": {"en": "Open the story", "zh": "查看事件"},
    "at": {"en": "Time", "zh": "时间"},
    "data": {"en": "Data", "zh": "数据"},
    "health": {"en": "Open the state of the sources", "zh": "查看数据来源状态"},
    "foot": {
        "en": "Quotes are original posts. Do not trust links inside them.",
        "zh": "摘录为帖子原文，请勿信任其中的链接。",
    },
}

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
