/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_int.h"

#include "rx/shape.h"
#include "scan/scan.h"

/* Where a byte of an expression stands in its file. */
static struct sl_mark
mark_of(const struct sl_node *node, size_t at)
{
	struct sl_mark mark = sl_node_mark(node);
	struct sl_str text = sl_node_text(node);

	/* In single quotes each byte is itself, and a quote is two. */
	if (sl_node_style(node) != SL_STYLE_SINGLE)
		return mark;
	mark.col += 1 + (unsigned)at;
	for (size_t i = 0; i < at && i < text.len; i++)
		mark.col += text.ptr[i] == '\'';
	return mark;
}

/* Whether every match holds one of a few texts, so that a pass for these
 * spares the search. */
static bool
has_literal(const struct sl_node *node)
{
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_scanner *scanner;
	size_t literals;

	if (sl_rx_compile(sl_node_text(node), SL_RX_SEARCH, NULL, &rx, NULL) <
	    0)
		return true;
	scanner = sl_scanner_new();
	literals = sl_scanner_claim(scanner, sl_scanner_add(scanner, rx))
		       .literals;
	sl_scanner_free(scanner);
	return literals > 0;
}

static void
advise_on(const struct sl_node *node, bool keywords, sl_rule_advice_fn *fn,
    void *ctx)
{
	struct sl_rx_shape shape;
	struct sl_mark mark;

	for (size_t i = 0; i < sl_node_count(node); i++)
		advise_on(sl_node_at(node, i), keywords, fn, ctx);
	if (sl_node_kind(node) != SL_NODE_SCALAR)
		return;
	shape = sl_rx_find_shape(sl_node_text(node));
	mark = mark_of(node, shape.at);
	if (shape.says) {
		fn(ctx, &mark, shape.says);
		return;
	}
	mark = sl_node_mark(node);
	if (!keywords && !has_literal(node))
		fn(ctx, &mark, "has no text that every match must hold, and "
		    "no keywords: all of every file is searched");
}

void
sl_rule_advise(const struct sl_rule *rule, sl_rule_advice_fn *fn, void *ctx)
{
	const struct sl_node *match = sl_rule_get(rule, "match");

	if (match)
		advise_on(match, sl_rule_get(rule, "keywords") != NULL, fn,
		    ctx);
}
