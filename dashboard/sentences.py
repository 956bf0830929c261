"""The sentences of the dashboard's table of words: help, notices, and what to do when something is wrong."""

SENTENCES: dict[str, tuple[str, str]] = {
    "demo": (
        "Halvero is a fictional brand; these posts were written for this demo.",
        "禾维洛是虚构品牌；这些帖子均为本演示而写。",
    ),
    "explore_sub": (
        "Every number on the other pages is made of these posts.",
        "其他页面上的每个数字都由这些帖子构成。",
    ),
    "old": (
        "The last post is {ago}. The figures below stand at the present and may be empty.",
        "最后一条帖子在{ago}。以下数字以当前时间为准，可能为空。",
    ),
    "mentions_help": (
        "Posts of the last 24 hours, copies and reposts included.",
        "过去 24 小时的帖子数，含复制与转发。",
    ),
    "negative_help": (
        "Negative posts ÷ classified posts of the last 24 hours, with the 95 % interval (Wilson).",
        "过去 24 小时负面帖子 ÷ 已分类帖子，附 95% 置信区间（Wilson）。",
    ),
    "spreading_help": (
        "Open stories whose lower bound of R is above 1, or that raised an alert that still fires.",
        "R 区间下限大于 1，或预警仍在触发的进行中事件。",
    ),
    "silent_help": (
        "Sources that brought no page within their expected interval. No data is not “no complaints”.",
        "在预期间隔内没有返回数据的来源。没有数据不等于没有投诉。",
    ),
    "r_help": (
        "Expected further posts caused by one post, with a 90 % interval; above 1 it grows.",
        "一条帖子预计引发的后续帖子数，附 90% 区间；大于 1 即在增长。",
    ),
    "velocity_help": (
        "Posts per hour over the last 6 h; beneath, times the expected for that hour of the week at the last alert.",
        "近 6 小时每小时帖子数；下方为最近一次预警时相对该周该时段预期值的倍数。",
    ),
    "voices_help": ("Distinct authors after folding near-copies.", "合并近似复制后的不同作者数。"),
    "seen_expected": (
        "{at}: {seen} negative posts in {hours} h, {expected} expected",
        "{at}：{hours} 小时内 {seen} 条负面，预期 {expected} 条",
    ),
    "merged_into": ("This story was merged into “{title}”, shown below.", "该事件已并入“{title}”，内容如下。"),
    "merged_by": ("{by} did that on {at}; the old id is {story}.", "操作人：{by}，{at}；原编号 {story}。"),
    "twin": (
        "The same event is told {spoken} too. It is covered by this story's alert; no second one is sent.",
        "同一事件另有{spoken}讨论，已由本事件的预警覆盖，不会重复预警。",
    ),
    "twin_told": (
        "The same event is told {spoken} too, and the alert went out under that story.",
        "同一事件另有{spoken}讨论，预警以该事件发出。",
    ),
    "edit_by_help": (
        "Written into the log beside the edit; without it the log says “dashboard”.",
        "与操作一同记入日志；不填则记为“dashboard”。",
    ),
    "edit_merge_help": (
        "All posts of this story, and later ones like them, then count under the other; links to this one lead there.",
        "本事件的全部帖子及后续同类帖子将计入另一事件，指向本事件的链接会转到那里。",
    ),
    "edit_split_help": (
        "Posts that hold all of these words, with the answers to them, become a story of their own.",
        "包含全部这些词的帖子及其回复将成为一个新事件。",
    ),
    "edit_chosen": ("{n} of {of} posts hold these words", "{of} 条帖子中有 {n} 条包含这些词"),
    "edit_failed": ("Not done: {what}", "未执行：{what}"),
    "edit_done_rename": ("Renamed.", "已重命名。"),
    "edit_done_merge": ("{n} posts now count under this story.", "{n} 条帖子已计入本事件。"),
    "edit_done_split": ("{n} posts are the new story {into} now.", "{n} 条帖子已成为新事件 {into}。"),
    "edit_merged": (
        "{at} · {by} merged story {story} into {into}, {n} posts",
        "{at} · {by} 将事件 {story} 并入 {into}，{n} 条帖子",
    ),
    "edit_split_off": (
        "{at} · {by} split {n} posts off into {into}",
        "{at} · {by} 将 {n} 条帖子拆出为 {into}",
    ),
    "edit_bad_title": ("Not done: a name has 1 to 200 characters.", "未执行：名称须为 1 至 200 个字符。"),
    "edit_bad_merge": (
        "Not done: one of the two was merged or purged meanwhile. Reload the page.",
        "未执行：其中一个事件刚被合并或清除，请刷新页面。",
    ),
    "edit_bad_split": (
        "Not done: choose words that some of the posts hold, but not all.",
        "未执行：请填写部分帖子（而非全部）包含的词。",
    ),
    "edit_split_from": (
        "{at} · {by} split this story off {story}, {n} posts",
        "{at} · {by} 将本事件从 {story} 拆出，{n} 条帖子",
    ),
    "edit_renamed": ("{at} · {by} renamed it “{title}”", "{at} · {by} 将其重命名为“{title}”"),
    "evidence_note": (
        "Evidence about how posts came about, never a verdict on people; it suppresses no alert.",
        "仅为帖子产生方式的证据，不对任何人下结论，也不会压制预警。",
    ),
    "ranked": ("Ranked by alert, severity, R and negative posts", "按预警、严重度、R 与负面帖子数排序"),
    "no_stories": (
        "No stories match. Clear filters or widen the time range.",
        "没有匹配的事件。请清除筛选或扩大时间范围。",
    ),
    "over_time_alt": (
        "Stacked area of negative, neutral and positive posts over time; silent periods hatched",
        "负面、中性、正面帖子随时间的堆叠面积图；静默时段以斜线标出",
    ),
    "hatched": (
        "Hatched: {sources} sent nothing; counts there are incomplete.",
        "斜线：{sources} 无数据，该时段计数不完整。",
    ),
    "no_topics": ("No complaints with a topic in this time range.", "该时间范围内没有带主题的投诉。"),
    "mix": ("What people complain about has shifted", "投诉内容的变化"),
    "mix_help": (
        "A lasting change of a topic's or a service failure's share of the negative posts, at equal sources: at least "
        "10 points, found 10 to 14 whole days after it began. It raises no alert.",
        "某主题或某类客服问题在负面帖子中的占比（来源相同的前提下）持续变化至少 10 个百分点，"
        "开始后满 10 至 14 天方可认定；"
        "不触发预警。",
    ),
    "mix_rose": (
        "Since {day} **{kind}** makes up {after} % of the complaints, {before} % before: "
        "{lo}–{hi} points more (90 % interval).",
        "自{day}起，**{kind}**占投诉的 {after}%，此前为 {before}%：上升 {lo}–{hi} 个百分点（90% 区间）。",
    ),
    "mix_fell": (
        "Since {day} **{kind}** makes up {after} % of the complaints, {before} % before: "
        "{lo}–{hi} points less (90 % interval).",
        "自{day}起，**{kind}**占投诉的 {after}%，此前为 {before}%：下降 {lo}–{hi} 个百分点（90% 区间）。",
    ),
    "mix_none": (
        "No lasting shift was found in the last {n} days. One of under 10 points, or in fewer than 40 complaints, "
        "would not be found.",
        "近 {n} 天未发现持续变化。小于 10 个百分点的变化，或投诉不足 40 条时的变化，无法发现。",
    ),
    "mix_young": (
        "Not known yet: {of} whole days of posts are needed. {names}",
        "尚不能判断：需要 {of} 个整天的帖子。{names}",
    ),
    "mix_days": ("{brand}: {n} of {of}", "{brand}：{of} 天中已有 {n} 天"),
    "mix_gone": ("{n} of the posts quoted then are not held any more.", "当时引用的帖子中有 {n} 条已不再保存。"),
    "no_story": ("There is no story {story}. It may have been purged.", "没有事件 {story}，可能已被清除。"),
    "reason_none": (
        "No alert has fired. The figures beside are counted from its posts.",
        "尚未触发预警。旁边的数字由其帖子直接统计。",
    ),
    "spread_alt": (
        "Cumulative negative posts with the forecast band of the next 24 hours",
        "累计负面帖子及未来 24 小时预测区间",
    ),
    "forecast_sum": (
        "24 h from {at}: {mid} more negative posts, 80 % interval {band}.",
        "自 {at} 起 24 小时：新增负面帖子 {mid} 条，80% 区间 {band}。",
    ),
    "forecast_none": (
        "No forecast: nothing is spreading, or there are too few posts.",
        "暂无预测：未在扩散，或帖子太少。",
    ),
    "no_alerts": ("No alert event for this story.", "该事件没有预警记录。"),
    "no_posts": (
        "No posts match. Clear filters or widen the time range.",
        "没有匹配的帖子。请清除筛选或扩大时间范围。",
    ),
    "probabilities": ("negative {neg} · neutral {neu} · positive {pos}", "负面 {neg} · 中性 {neu} · 正面 {pos}"),
    "no_gaps": ("No gap is known in this time range.", "该时间范围内没有已知缺口。"),
    "no_sources": (
        "No source has reported yet. Start one with: groundswell run",
        "尚无来源上报。请运行：groundswell run",
    ),
    "queue_help": ("Posts stored but not yet classified.", "已存储但尚未分类的帖子。"),
    "missing_fix": (
        "Collect posts with “groundswell run”, or see the built-in example with “groundswell demo”.",
        "用“groundswell run”开始采集，或用“groundswell demo”查看内置示例。",
    ),
    "empty": ("The store is empty: no post has been collected yet.", "数据库为空：尚未采集任何帖子。"),
    "empty_fix": (
        "This page fills by itself as soon as posts arrive. “groundswell status” shows each source.",
        "帖子到达后本页会自动更新。“groundswell status”可查看各来源状态。",
    ),
    "unreadable_fix": (
        "If it was written by another version of Groundswell, upgrade this one; otherwise run “groundswell status”.",
        "若由其他版本写入，请升级本程序；否则请运行“groundswell status”。",
    ),
}
