"""What Stack Exchange says of questions, answers and comments, to Posts."""

from collectors.items import Harvest, Item, harvest, paragraphs, web
from collectors.markup import to_text
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Post


def read(data: object, where: str) -> Harvest:
    """Read a list of them. Raises Malformed with the site's own words for an error."""
    answer = Item(data, where)
    if answer.get("error_id") is not None:
        message = answer.text("error_message") or "an error"
        raise Malformed(where, message, "check site, tags and key")
    return harvest(answer.list("items"), _post, f"{where}: items")


def _post(item: Item) -> Post:
    is_question = item.get("question_id") is not None and item.get("answer_id") is None
    native = item.id("comment_id", "answer_id", "question_id")
    title, body = to_text(item.text("title")), to_text(item.text("body", "body_markdown"))
    parent = None if is_question and item.get("comment_id") is None else item.count("post_id", "question_id")
    link = item.text("link")
    return Post(
        source="stackexchange", external_id=native, text=paragraphs(title, body),
        created_at=item.time("creation_date"), kind=Kind.POST if parent is None else Kind.COMMENT,
        author=to_text(item.text("owner.display_name")) or None, parent=None if parent is None else str(parent),
        url=web(link),
        engagement=Engagement(
            likes=item.count("score"), replies=item.count("answer_count"), views=item.count("view_count")
        ),
    )  # fmt: skip
