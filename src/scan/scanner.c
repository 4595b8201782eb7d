/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/scanner_int.h"

#include <stdio.h>

#include "base/mem.h"

/* Runs of all patterns: each costs a look at every n-th byte. */
#define MAX_RUNS 64

struct sl_scanner *
sl_scanner_new(void)
{
	return sl_alloc(sizeof(struct sl_scanner));
}

void
sl_scanner_free(struct sl_scanner *s)
{
	if (!s)
		return;
	sl_hs_free(s->hs);
	sl_trie_free(s->trie);
	free(s->folder);
	free(s->ids);
	free(s->runs);
	free(s->patterns);
	free(s);
}

size_t
sl_scanner_add(struct sl_scanner *s, struct sl_rx *rx)
{
	SL_GROW(s->patterns, s->count, s->room);
	s->patterns[s->count] = (struct sl_scan_pattern){ .rx = rx,
		.gate = SL_NO_GATE };
	return s->count++;
}

void
sl_scanner_gate(struct sl_scanner *s, size_t first, size_t count, size_t gate)
{
	s->patterns[gate].is_gate = true;
	for (size_t i = first; i < first + count; i++)
		s->patterns[i].gate = gate;
}

size_t
sl_scanner_gate_of(const struct sl_scanner *s, size_t id)
{
	return s->patterns[id].gate;
}

bool
sl_scanner_is_gate(const struct sl_scanner *s, size_t id)
{
	return s->patterns[id].is_gate;
}

size_t
sl_scanner_count(const struct sl_scanner *s)
{
	return s->count;
}

void
sl_scanner_describe(const struct sl_scanner *s, struct sl_buf *out)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct sl_scan_pattern *p = &s->patterns[i];
		struct sl_str text = sl_rx_pattern(p->rx);

		sl_buf_addf(out, "%zu %u %d ", text.len, sl_rx_flags(p->rx),
		    p->gate == SL_NO_GATE ? -1 : (int)p->gate);
		sl_buf_addv(out, text);
	}
}

void
sl_scanner_keep_out(struct sl_scanner *s, size_t id)
{
	s->patterns[id].kept_out = true;
}

void
sl_scanner_use(struct sl_scanner *s, const char *folder)
{
	free(s->folder);
	s->folder = sl_strdup(folder);
}

struct sl_rx *
sl_scanner_pattern(const struct sl_scanner *s, size_t id)
{
	return id < s->count ? s->patterns[id].rx : NULL;
}

static struct sl_scan_claim
describe(const struct sl_literals *l)
{
	struct sl_scan_claim claim = { l->count, 0, 0 };

	for (size_t i = 0; i < l->count; i++) {
		const struct sl_literal *one = &l->items[i];

		size_t len = one->run ? one->run : one->len;

		if (i == 0 || len < claim.shortest)
			claim.shortest = len;
		if (one->before_max == SL_WIDTH_ANY)
			claim.before = SIZE_MAX;
		else if (one->before_max > claim.before)
			claim.before = one->before_max;
	}
	return claim;
}

/* Take in all literals of a pattern, or none. */
static bool
take(struct sl_scanner *s, struct sl_literals *l, uint32_t owner)
{
	size_t runs = s->run_count;

	for (size_t i = 0; i < l->count; i++)
		runs += l->items[i].run > 0;
	if (l->count == 0 || runs > MAX_RUNS || !sl_trie_has_room(s->trie, l))
		return false;
	for (size_t i = 0; i < l->count; i++) {
		l->items[i].number = s->literal_count++;
		if (!l->items[i].run) {
			sl_trie_add(s->trie, &l->items[i], owner);
			continue;
		}
		SL_GROW(s->runs, s->run_count, s->run_room);
		sl_run_init(&s->runs[s->run_count++], &l->items[i], owner);
	}
	return true;
}

/* What a database is made for: the same for the same patterns, whatever
 * rules have them, in which order. */
static int
by_text(const void *a, const void *b, void *ctx)
{
	const struct sl_scanner *s = ctx;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;
	const struct sl_rx *x = s->patterns[i].rx, *y = s->patterns[k].rx;
	unsigned p = sl_rx_flags(x), q = sl_rx_flags(y);
	int order = sl_str_cmp(sl_rx_pattern(x), sl_rx_pattern(y));

	if (order != 0 || p != q)
		return order != 0 ? order : p < q ? -1 : 1;
	return i < k ? -1 : i > k;
}

/* @param[out] ids  which pattern each is of; both free() */
static struct sl_expression *
list_expressions(struct sl_scanner *s, size_t **ids, size_t *count)
{
	struct sl_expression *list = sl_alloc_array(s->count + 1,
	    sizeof(*list));

	*ids = sl_alloc_array(s->count + 1, sizeof(**ids));
	*count = 0;
	/* Bytes are bytes to a database. */
	for (size_t i = 0; i < s->count; i++)
		if (!s->patterns[i].kept_out &&
		    !(sl_rx_flags(s->patterns[i].rx) & SL_RX_CHARACTERS))
			(*ids)[(*count)++] = i;
	qsort_r(*ids, *count, sizeof(**ids), by_text, s);
	for (size_t i = 0; i < *count; i++) {
		const struct sl_rx *rx = s->patterns[(*ids)[i]].rx;

		list[i].text = sl_rx_pattern(rx);
		list[i].caseless = sl_rx_flags(rx) & SL_RX_CASELESS;
	}
	return list;
}

/* Take in the database, if there is one. */
static void
load_database(struct sl_scanner *s)
{
	SL_CLEANUP(sl_freep) struct sl_expression *list = NULL;

	if (!s->folder)
		return;
	list = list_expressions(s, &s->ids, &s->expression_count);
	if (s->expression_count == 0)
		return;
	s->hs = sl_database_load(s->folder, list, s->expression_count,
	    s->why);
	for (size_t i = 0; i < s->expression_count && s->hs; i++) {
		s->patterns[s->ids[i]].width = list[i].width;
		s->known += list[i].width > 0;
	}
}

/* Whether literals of a pattern are of use: one with a bounded width needs no
 * more than the database. */
static bool
needs_literals(const struct sl_scan_pattern *p)
{
	return p->width == 0 || p->width == SL_WIDTH_ANY;
}

static void
prepare_literals(struct sl_scanner *s)
{
	s->trie = sl_trie_new();
	s->alone = true;
	for (size_t i = 0; i < s->count; i++) {
		struct sl_scan_pattern *p = &s->patterns[i];
		struct sl_literals literals;

		if (!needs_literals(p))
			continue;
		sl_literals_of(sl_rx_pattern(p->rx),
		    sl_rx_flags(p->rx) & SL_RX_CASELESS, &literals);
		p->claimed = take(s, &literals, (uint32_t)i);
		if (p->claimed)
			p->claim = describe(&literals);
		if (p->claimed && p->width == 0)
			s->alone = false;
		sl_literals_release(&literals);
	}
	sl_trie_finish(s->trie);
}

void
sl_scanner_prepare(struct sl_scanner *s)
{
	if (s->prepared)
		return;
	load_database(s);
	prepare_literals(s);
	s->prepared = true;
}

struct sl_scan_claim
sl_scanner_claim(struct sl_scanner *s, size_t id)
{
	sl_scanner_prepare(s);
	return s->patterns[id].claim;
}

/* "Vectorscan 5.4.9"; Hyperscan's last free version is 5.4.2. */
static void
name_library(char out[SL_SCAN_ENGINE_SIZE])
{
	char version[SL_HS_VERSION_SIZE] = "";
	unsigned major = 0, minor = 0, patch = 0;

	(void)sl_hs_version(version);
	(void)sscanf(version, "%u.%u.%u", &major, &minor, &patch);
	snprintf(out, SL_SCAN_ENGINE_SIZE, "%s %u.%u.%u",
	    major == 5 && minor == 4 && patch > 2 ? "Vectorscan" :
						    "Hyperscan",
	    major, minor, patch);
}

void
sl_scanner_engine(const struct sl_scanner *s, char out[SL_SCAN_ENGINE_SIZE])
{
	size_t len;

	out[0] = '\0';
	if (s->prepared && s->hs)
		name_library(out);
	len = strlen(out);
	if (s->prepared && s->hs && s->known < s->count)
		snprintf(out + len, SL_SCAN_ENGINE_SIZE - len,
		    " (%zu of %zu patterns)", s->known, s->count);
	else if (s->prepared && !s->hs)
		snprintf(out, SL_SCAN_ENGINE_SIZE, "windows%s%s%s",
		    s->why[0] ? " (" : "", s->why, s->why[0] ? ")" : "");
}

int
sl_scanner_compile(struct sl_scanner *s, struct sl_scan_compiled *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) struct sl_expression *list = NULL;
	SL_CLEANUP(sl_freep) size_t *ids = NULL;
	char why[SL_DATABASE_WHY_SIZE];
	struct sl_hs *hs = NULL;
	int rc = SL_OK;

	*out = (struct sl_scan_compiled){ .patterns = s->count };
	list = list_expressions(s, &ids, &out->expressions);
	if (!s->folder || out->expressions == 0)
		return SL_OK;
	hs = sl_database_load(s->folder, list, out->expressions, why);
	out->made = hs == NULL;
	sl_hs_free(hs);
	if (out->made)
		rc = sl_database_make(s->folder, list, out->expressions, err);
	for (size_t i = 0; i < out->expressions && rc == SL_OK; i++)
		out->known += list[i].width > 0;
	return rc;
}
