/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe: whether the library finds what is there.
 *
 * A candidate too many costs a look; one too few would let a secret in, and
 * nobody would know. Vectorscan from 5.4.9 on has lost matches, by version and
 * processor: single bytes in the last block of a text with AVX-512 (its pull
 * request 378), pairs of bytes at the edges of blocks (358, 382). Its loops
 * over blocks of 16 to 64 bytes go wrong at certain offsets only. So a few
 * patterns that make it use each kind of loop are searched for at every offset
 * in texts of every length that such loops tell apart. What passes may have
 * other faults; what fails is not used.
 */
#include "scan/database_int.h"

#include <stdio.h>

/* Bytes before a match, and between its ends: over two of the largest
 * blocks. */
#define MAX_BEFORE 140

static const struct probe {
	const char *pattern;
	const char *head; /* how a match begins, */
	const char *tail; /* and ends: fill is between */
	char fill;
} probes[] = {
	{ "x.+aba", "x", "aba", '1' },             /* one byte */
	{ "x[^\\n]+z", "x", "z", ' ' },
	{ "(?i)x.+aba", "X", "aBa", '1' },         /* of either case */
	{ "[^a].*bcd", "x", "bcd", 'a' },          /* any but one */
	{ "[xy0-3].+aba", "y", "aba", '-' },       /* of a few */
	{ "[aeiouAEIOU135_;].+\\bxyz", "U", " xyz", '-' }, /* of many */
	{ "curl.*\\|\\s*python", "curl", "| python", ':' }, /* pairs */
	{ "(?s)curl.*\\|\\s*python", "curl", "| python", ':' },
	{ "(?:ab|cd).*[0-9]{3}", "cd", "123", '.' },
	{ "tok_[a-z]{1,}[0-9]", "tok_", "7", 'k' },
	{ "(?i)secret\\W.{0,150}[0-9a-f]{8}", "SeCret:", "0123abcd", '.' },
	{ "\\bid=\\w{1,200};", "id=", ";", 'w' },
};

struct wanted {
	uint32_t end;
	bool found;
};

static bool
on_candidate(void *ctx, uint32_t expression, uint32_t end)
{
	struct wanted *w = ctx;

	/* One that is unbounded is named once, at any end. */
	w->found = w->found || (expression == 0 && end <= w->end);
	return true;
}

static bool
is_found(struct sl_hs_scratch *scratch, const struct probe *p, size_t before,
    size_t between, size_t after)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(1024);
	struct sl_error none = SL_ERROR_INIT;
	struct wanted wanted = { 0, false };

	for (size_t i = 0; i < before; i++)
		sl_buf_addc(&text, '\n');
	sl_buf_adds(&text, p->head);
	for (size_t i = 0; i < between; i++)
		sl_buf_addc(&text, p->fill);
	sl_buf_adds(&text, p->tail);
	wanted.end = (uint32_t)text.len;
	for (size_t i = 0; i < after; i++)
		sl_buf_addc(&text, '\n');
	return sl_hs_search(scratch, sl_buf_str(&text), on_candidate, &wanted,
		   &none) == SL_OK && wanted.found;
}

static bool
is_always_found(struct sl_hs_scratch *scratch, const struct probe *p)
{
	static const size_t between[] = { 1, 2, 3, 7, 15, 31, 33, 63, 66, 130 };
	static const size_t after[] = { 0, 1, 40, 100 };

	for (size_t before = 0; before < MAX_BEFORE; before++)
		for (size_t i = 0; i < SL_COUNT(between); i++)
			for (size_t k = 0; k < SL_COUNT(after); k++)
				if (!is_found(scratch, p, before, between[i],
					after[k]))
					return false;
	return true;
}

static int
probe(const struct probe *p, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf bytes =
	    SL_BUF_INIT(SL_DATABASE_MAX);
	struct sl_expression e = { .text = sl_str(p->pattern) };
	struct sl_hs_scratch *scratch = NULL;
	char version[SL_HS_VERSION_SIZE] = "";
	struct sl_hs *hs = NULL;
	int rc = sl_hs_compile(&e, 1, &bytes, err);
	bool good;

	if (rc == SL_OK)
		rc = sl_hs_load(sl_buf_str(&bytes), &hs, err);
	if (rc < 0)
		return rc;
	scratch = sl_hs_scratch_new(hs);
	good = scratch && is_always_found(scratch, p);
	sl_hs_scratch_free(scratch);
	sl_hs_free(hs);
	if (good)
		return SL_OK;
	(void)sl_hs_version(version);
	return sl_error_set(err, SL_EUNSUPPORTED,
	    "the library (%s) misses matches on this processor, as of \"%s\"; "
	    "install another version of Vectorscan, or Hyperscan", version,
	    p->pattern);
}

int
sl_hs_probe(struct sl_error *err)
{
	for (size_t i = 0; i < SL_COUNT(probes); i++) {
		int rc = probe(&probes[i], err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}
