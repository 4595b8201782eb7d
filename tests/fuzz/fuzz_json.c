/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON, with cJSON as a peer: what our reader accepts, cJSON accepts too and
 * reads as the same tree. (The other way round does not hold: cJSON takes
 * more than RFC 8259.) The canonical form is a fixed point.
 */
#include "fuzz.h"

#include <cJSON.h>
#include <string.h>

#include "doc/doc.h"

/* cJSON cuts numbers at 63 characters. */
#define PEER_NUMBER_MAX 60

static bool
peer_can_read(const struct sl_node *node)
{
	if (sl_node_kind(node) == SL_NODE_SCALAR)
		return sl_node_style(node) != SL_STYLE_NUMBER ||
		    sl_node_text(node).len <= PEER_NUMBER_MAX;
	for (size_t i = 0; i < sl_node_count(node); i++)
		if (!peer_can_read(sl_node_at(node, i)))
			return false;
	return true;
}

/* cJSON's strings end at the first NUL. */
static bool
same_text(struct sl_str ours, const char *theirs)
{
	size_t len = ours.len ? strnlen(ours.ptr, ours.len) : 0;

	return theirs != NULL && strlen(theirs) == len &&
	    memcmp(ours.ptr, theirs, len) == 0;
}

static void
compare_scalar(const struct sl_node *ours, const cJSON *theirs)
{
	struct sl_str text = sl_node_text(ours);
	double value;

	switch (sl_node_style(ours)) {
	case SL_STYLE_STRING:
		fuzz_check(cJSON_IsString(theirs));
		fuzz_check(same_text(text, theirs->valuestring));
		break;
	case SL_STYLE_NUMBER:
		fuzz_check(cJSON_IsNumber(theirs));
		value = strtod(text.ptr, NULL);
		fuzz_check(!(value < theirs->valuedouble) &&
		    !(value > theirs->valuedouble));
		break;
	default:
		fuzz_check(sl_str_eqs(text, "true") == cJSON_IsTrue(theirs));
		fuzz_check(sl_str_eqs(text, "false") == cJSON_IsFalse(theirs));
		fuzz_check(sl_node_is_null(ours) == cJSON_IsNull(theirs));
	}
}

static void
compare(const struct sl_node *ours, const cJSON *theirs)
{
	enum sl_node_kind kind = sl_node_kind(ours);
	const cJSON *child = theirs->child;

	if (kind == SL_NODE_SCALAR) {
		compare_scalar(ours, theirs);
		return;
	}
	fuzz_check(kind == SL_NODE_MAP ? cJSON_IsObject(theirs) :
					 cJSON_IsArray(theirs));
	for (size_t i = 0; i < sl_node_count(ours); i++) {
		fuzz_check(child != NULL);
		if (kind == SL_NODE_MAP)
			fuzz_check(same_text(sl_node_text(sl_node_key(ours, i)),
			    child->string));
		compare(sl_node_at(ours, i), child);
		child = child->next;
	}
	fuzz_check(child == NULL);
}

static void
check_canonical(const struct sl_doc *doc)
{
	static const struct sl_doc_limits wide = {
		.max_bytes = (size_t)64 << 20,
	};
	struct sl_buf once = SL_BUF_INIT((size_t)64 << 20);
	struct sl_buf twice = SL_BUF_INIT((size_t)64 << 20);
	struct sl_doc *again = NULL;

	fuzz_check(sl_node_canonical(sl_doc_root(doc), &once) == 0);
	/* An exponent may grow over the reader's limit of 9 digits. */
	if (sl_doc_parse_json("again", sl_buf_str(&once), &wide, &again,
		NULL) == 0) {
		fuzz_check(
		    sl_node_canonical(sl_doc_root(again), &twice) == 0);
		fuzz_check(sl_str_eq(sl_buf_str(&once), sl_buf_str(&twice)));
	}
	sl_doc_free(again);
	sl_buf_release(&once);
	sl_buf_release(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;
	cJSON *peer;

	if (sl_doc_parse_json("f", text, NULL, &doc, &err) < 0) {
		fuzz_check(doc == NULL && err.place[0] != '\0');
		return 0;
	}
	if (peer_can_read(sl_doc_root(doc))) {
		peer = cJSON_ParseWithLength(text.ptr, text.len);
		fuzz_check(peer != NULL);
		compare(sl_doc_root(doc), peer);
		cJSON_Delete(peer);
	}
	check_canonical(doc);
	sl_doc_free(doc);
	return 0;
}
