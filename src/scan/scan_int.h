/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan_int: literals of a pattern, and what finds them; private to src/scan.
 */
#ifndef SL_SCAN_SCAN_INT_H
#define SL_SCAN_SCAN_INT_H

#include "scan/matches.h"
#include "scan/scan.h"

/** Bytes of a literal; longer ones are cut. */
#define SL_LITERAL_MAX 32
/** Shorter ones are no help: they are everywhere. */
#define SL_LITERAL_MIN 3
/** The same for runs. */
#define SL_RUN_MIN 12
/** Literals of one pattern. */
#define SL_LITERALS_MAX 128
/** More bytes than that are any number. */
#define SL_WIDTH_MAX ((uint32_t)1 << 20)
#define SL_WIDTH_ANY UINT32_MAX

/** A set of bytes, bit by bit. */
struct sl_set {
	uint8_t bits[32];
};

static inline bool
sl_set_has(const struct sl_set *set, uint8_t byte)
{
	return set->bits[byte / 8] & 1U << byte % 8;
}

/** A letter of ASCII small, any other byte as it is. */
static inline uint8_t
sl_fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static inline bool
sl_is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/**
 * Bytes that stand in a text: a literal, or a run of bytes of one set, as
 * `[0-9a-f]{32}` asks for.
 */
struct sl_literal {
	uint32_t before_min; /* bytes from the start of the match */
	uint32_t before_max; /* SL_WIDTH_ANY: any number */
	uint16_t run;        /* bytes of a run; 0: a literal */
	uint8_t len;         /* bytes of a literal */
	bool caseless;       /* its letters are stored small, and are both */
	uint8_t bytes[SL_LITERAL_MAX];
	struct sl_set set;    /* of a run */
	struct sl_set before; /* no byte of a match before it is another */
	uint32_t number;      /* among all of a scanner */
};

struct sl_literals {
	struct sl_literal *items;
	size_t count;
	size_t room;
};

void sl_literals_release(struct sl_literals *l);

/**
 * Work out literals of a pattern: in every match of it at least one of them
 * stands, at a distance from the match's start within its bounds. Each has
 * from SL_LITERAL_MIN to SL_LITERAL_MAX bytes, a run at least SL_RUN_MIN.
 *
 * @param pattern  one that sl_rx_compile has accepted
 * @param[out] out  none where nothing can be claimed; sl_literals_release
 */
void sl_literals_of(struct sl_str pattern, bool caseless,
    struct sl_literals *out);

struct sl_trie;

struct sl_trie *sl_trie_new(void) SL_MUST_CHECK;
void sl_trie_free(struct sl_trie *trie);

/** Whether there is room for all literals of one owner (runs do not count). */
bool sl_trie_has_room(const struct sl_trie *trie,
    const struct sl_literals *literals);

/** Add a literal, not a run. */
void sl_trie_add(struct sl_trie *trie, const struct sl_literal *literal,
    uint32_t owner);

/** No more will be added: make the tables that a pass uses. */
void sl_trie_finish(struct sl_trie *trie);

/** A literal was found, that begins at first, last or any byte between. */
typedef void sl_found_fn(void *ctx, uint32_t owner,
    const struct sl_literal *literal, uint32_t first, uint32_t last);

/**
 * Find every place of every literal that begins in [from, to), in the order
 * of their first bytes.
 */
void sl_trie_pass(const struct sl_trie *trie, struct sl_str text, size_t from,
    size_t to, sl_found_fn *fn, void *ctx);

/** A run of one owner. */
struct sl_run {
	struct sl_literal literal;
	uint32_t owner;
	bool in[256]; /* its set */
};

void sl_run_init(struct sl_run *run, const struct sl_literal *literal,
    uint32_t owner);

/* matches.c, for scan.c */

/** Beside SL_RX_NO and SL_RX_YES: search for it. */
#define SL_MATCHES_UNKNOWN 2

/**
 * Answer as sl_scan_match.
 *
 * @param text   0: the text itself; 1: what it is decoded to
 * @param bytes  that text; no pointer: not there
 */
int sl_matches_ask(const struct sl_matches *matches, unsigned text, size_t id,
    struct sl_str bytes, size_t start, struct sl_rx_match *match,
    struct sl_error *err) SL_MUST_CHECK;

bool sl_matches_binary(const struct sl_matches *matches);
bool sl_matches_utf16(const struct sl_matches *matches);
/** Whether a text has the length of the one that was searched. */
bool sl_matches_fit(const struct sl_matches *matches, unsigned text,
    size_t len);

/* scanner.c and scan.c, for matches.c */
#define SL_NO_GATE SIZE_MAX
size_t sl_scanner_gate_of(const struct sl_scanner *scanner, size_t id);
bool sl_scanner_is_gate(const struct sl_scanner *scanner, size_t id);
const struct sl_scanner *sl_scan_scanner(const struct sl_scan *scan);

/** Find every place of a run, in order. */
void sl_run_pass(const struct sl_run *run, struct sl_str text,
    sl_found_fn *fn, void *ctx);

#endif
