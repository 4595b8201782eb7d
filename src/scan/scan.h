/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan: many patterns over one text, in one pass.
 *
 * What a pattern finds in a text is defined by sl_rx_match over the whole
 * text. This module gives the same answers, mostly without asking PCRE2: of
 * each pattern it works out literals of which one stands in every match, and
 * how far before such a literal a match may begin. One pass over a text looks
 * for the literals of all patterns, and leaves per pattern windows in which
 * its matches begin. PCRE2 is asked there only. Where a database of the
 * patterns has been compiled beforehand, Hyperscan or Vectorscan makes the pass: it says
 * where matches of a pattern could end.
 *
 *     struct sl_scanner *scanner = sl_scanner_new();
 *     size_t id = sl_scanner_add(scanner, rx);
 *     struct sl_scan *scan = sl_scan_new(scanner);
 *
 *     sl_scan_begin(scan, bytes);
 *     rc = sl_scan_match(scan, id, scratch, 0, 0, &match, err);
 *
 * Why the answers are the same. A match is the leftmost start, at or after the
 * one asked for, at which the pattern matches; whether it does, and how far
 * the match goes, depends on the pattern, the text and the start alone. (The
 * dialect of rx has nothing by which it could depend on where the search
 * began: no \G, no \K, no verbs.) So
 *
 *  1. every match has a literal of its pattern at a distance from its start
 *     that lies within the literal's bounds, and no byte between that the
 *     pattern cannot have there: literal.c and part.c, by induction over the
 *     pattern, where anything unknown gives up the whole claim;
 *  2. the pass finds every place of every literal: trie.c; a window is made
 *     of each, and windows only ever grow (merged, or coarsened where they
 *     are too many), so every start of a match lies in a window;
 *  3. within a window PCRE2 sees the whole text, and is limited in where a
 *     match may begin only, so at each start it answers as it would have;
 *  4. windows are asked in order, so the first match found is the leftmost.
 *
 * With a database the same holds: every match ends at a candidate, since the
 * database claims too much rather than too little (what cannot be expressed is
 * widened, and a pattern that the two libraries might read differently is not
 * in it); and it begins at most the pattern's width before, so that the
 * window from there to the candidate has its start. Of a pattern whose
 * matches have no such bound a candidate only says that the text is worth
 * a look through its literals.
 *
 * Limits: PCRE2 counts its steps per start, so a start that meets a limit here
 * would have met it there too; but one that lies in no window is not tried, so
 * a text may be decided here which a whole search leaves undecided. Never the
 * other way round. A pattern of which nothing is claimed has one window, the
 * text.
 *
 * A text in UTF-16 can be searched as UTF-8 also, see sl_scan_decoded.
 *
 * A scanner is complete when the first scan uses it, and not changed after
 * that. A scan is used by one thread at a time; one scanner may have scans in
 * several threads after sl_scanner_prepare. What was found once can be kept:
 * matches.h.
 */
#ifndef SL_SCAN_SCAN_H
#define SL_SCAN_SCAN_H

#include "rx/rx.h"

struct sl_scanner;
struct sl_scan;

struct sl_scanner *sl_scanner_new(void) SL_MUST_CHECK;

void sl_scanner_free(struct sl_scanner *scanner);
SL_DEFINE_FREEP(struct sl_scanner, sl_scanner_free, sl_scanner_freep)

/**
 * Take in a pattern to search for.
 *
 * @param rx  borrowed as long as the scanner; not SL_RX_FULL
 * @return its number, one more than that of the one before, from 0
 */
size_t sl_scanner_add(struct sl_scanner *scanner, struct sl_rx *rx);

/**
 * Say that some patterns are asked for only where another one, their gate, is
 * found. A gate is asked for from the start of a text, and whether only.
 */
void sl_scanner_gate(struct sl_scanner *scanner, size_t first, size_t count,
    size_t gate);

/** How many patterns there are. */
size_t sl_scanner_count(const struct sl_scanner *scanner);

/**
 * Make the tables now, of a complete scanner: before several threads have
 * scans of it.
 */
void sl_scanner_prepare(struct sl_scanner *scanner);

/**
 * Append all that answers depend on beside the text: the patterns with their
 * flags and gates, in order.
 */
void sl_scanner_describe(const struct sl_scanner *scanner,
    struct sl_buf *out);

/**
 * Keep a pattern out of databases: for one whose author has no say in how long
 * anybody compiles, and so that the patterns of many projects do not make as
 * many databases.
 */
void sl_scanner_keep_out(struct sl_scanner *scanner, size_t id);

/**
 * Name the folder where a database of the patterns may be; it need not exist.
 * Nothing is read before the first text is searched.
 */
void sl_scanner_use(struct sl_scanner *scanner, const char *folder);

/** What sl_scanner_compile found. */
struct sl_scan_compiled {
	size_t patterns;    /* of the scanner */
	size_t expressions; /* not kept out */
	size_t known;       /* of these in the database; the others are
			       searched for through their literals */
	bool made;          /* now; false: it was there */
};

/**
 * Compile the patterns into a database in the folder of sl_scanner_use, unless
 * a good one is there. Takes about a second for some hundred: never in a
 * push. Later scanners with the same patterns use it, this one may not.
 *
 * @return 0 (also where nothing is to be compiled), SL_ENOTFOUND (built
 *         without Vectorscan, or it cannot be used here), SL_EDENIED (the
 *         folder is another user's), SL_EUNSUPPORTED (the library misses
 *         matches, or cannot compile them), SL_ETOOBIG, SL_EIO
 */
int sl_scanner_compile(struct sl_scanner *scanner,
    struct sl_scan_compiled *out, struct sl_error *err) SL_MUST_CHECK;

/** Longest name that sl_scanner_engine writes, with NUL. */
#define SL_SCAN_ENGINE_SIZE 96

/**
 * What texts have been searched with: "Hyperscan 5.4.0", with the share of the
 * patterns where it does not know all; "windows", with the reason where there
 * is a database that cannot be used; "" where no text was searched.
 */
void sl_scanner_engine(const struct sl_scanner *scanner,
    char out[SL_SCAN_ENGINE_SIZE]);

/** A pattern by its number; NULL after the last. */
struct sl_rx *sl_scanner_pattern(const struct sl_scanner *scanner, size_t id);

/** What is known about a pattern, for tests and measures. */
struct sl_scan_claim {
	size_t literals; /* 0: nothing is known, the whole text is searched */
	size_t shortest; /* bytes of the shortest literal */
	size_t before;   /* bytes of a match before a literal, at most;
			    SIZE_MAX: any number */
};

struct sl_scan_claim sl_scanner_claim(struct sl_scanner *scanner, size_t id);

/** Make the storage for one text at a time. scanner is borrowed. */
struct sl_scan *sl_scan_new(struct sl_scanner *scanner) SL_MUST_CHECK;

/**
 * The same, for few and short texts: each pattern is searched for in the whole
 * text, so that nothing has to be prepared.
 */
struct sl_scan *sl_scan_new_whole(struct sl_scanner *scanner) SL_MUST_CHECK;

void sl_scan_free(struct sl_scan *scan);
SL_DEFINE_FREEP(struct sl_scan, sl_scan_free, sl_scan_freep)

/**
 * Turn to a text. Cheap: the pass is made when a pattern first asks.
 *
 * @param bytes  borrowed until the next call
 */
void sl_scan_begin(struct sl_scan *scan, struct sl_str bytes);

/** The text as patterns see it: the bytes that sl_scan_begin was given. */
struct sl_str sl_scan_text(const struct sl_scan *scan);

/**
 * The same for the text decoded to UTF-8, where it is in UTF-16; else NULL.
 *
 * It is a guess what a file is, so nothing rests on it: the bytes as they are
 * should be searched too.
 */
struct sl_scan *sl_scan_decoded(struct sl_scan *scan);

/**
 * Search for one pattern from a start on.
 *
 * @param id  from sl_scanner_add
 * @return as sl_rx_match of this pattern on this text, but see Limits above
 */
int sl_scan_match(struct sl_scan *scan, size_t id,
    struct sl_rx_scratch *scratch, size_t start, struct sl_rx_match *match,
    struct sl_error *err) SL_MUST_CHECK;

#endif
