/* SPDX-License-Identifier: Apache-2.0 */
#include "rx/rx.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/mem.h"

#define DEFAULT_MAX_BYTES_SLOW ((size_t)1 << 20)
#define DEFAULT_MATCH_LIMIT 2000000
#define DEFAULT_DEPTH_LIMIT 20000
#define DEFAULT_HEAP_KIB 20480

/* PCRE2's own stack for machine code is 32 KiB, which `(a|b)+` over a few
 * kilobytes exhausts. */
#define JIT_STACK_MIN ((size_t)32 << 10)
#define JIT_STACK_MAX ((size_t)1 << 20)

/* Starts of a match between two looks at the clock: few at first, more as
 * long as they are quick. */
#define STRETCH_MIN ((size_t)4 << 10)
#define STRETCH_MAX ((size_t)1 << 20)

/* Machine code costs as much as interpreting a few short subjects. */
#define JIT_AFTER_BYTES 2048
#define JIT_AFTER_CALLS 16

struct sl_rx {
	size_t owners;
	pcre2_code *code;
	pcre2_code *beginning; /* for partial matches; made when asked for */
	pcre2_code *longer;    /* the same, of longer texts only */
	char *pattern;
	size_t pattern_len;
	const char **names;
	size_t *name_groups;
	size_t name_count;
	size_t group_count; /* with group 0 */
	unsigned flags;
	/* Several threads may search for one pattern: code is never changed,
	 * and a copy of it with machine code is put beside it when it is
	 * complete. */
	_Atomic(pcre2_code *) fast; /* NULL: none yet, or none can be had */
	atomic_bool jit_tried;
	atomic_uint_fast64_t calls;
	atomic_uint_fast64_t bytes;
};

struct sl_rx_scratch {
	struct sl_rx_limits limits;
	pcre2_match_context *context;
	pcre2_match_data *data;
	pcre2_jit_stack *stack; /* made when machine code first runs */
	const struct sl_clock *clock; /* NULL: no deadline */
	int64_t deadline_ms;
	bool eager;             /* machine code at first use */
	bool jit_refused;       /* the system gives no executable memory */
};

static int
pattern_error(const struct sl_rx_place *place, struct sl_str pattern,
    size_t offset, const char *reason, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf shown = SL_BUF_INIT(512);

	if (pattern.len > 80)
		sl_buf_addf(&shown, "%.*s...", 80, pattern.ptr);
	else
		sl_buf_addv(&shown, pattern);
	return sl_error_at(err, SL_ECONFIG, place ? place->file : "",
	    place ? place->line : 0, place ? place->col : 0,
	    "regular expression '%s', at byte %zu: %s", sl_buf_cstr(&shown),
	    offset + 1, reason);
}

/*
 * Refuse `(*...)` (settings, verbs, assertions in words) wherever it could be
 * one; \G and \K; and \c\, which would hide the backslash that this scan
 * relies on. A class is written `[*(]` instead of `[(*]`; the scan needs no
 * knowledge of classes and so cannot be fooled by them.
 */
static int
refuse_items(struct sl_str pattern, const struct sl_rx_place *place,
    struct sl_error *err)
{
	for (size_t i = 0; i < pattern.len; i++) {
		const char *s = pattern.ptr + i;
		size_t left = pattern.len - i;

		if (*s == '\\') {
			if (left > 2 && s[1] == 'c' && s[2] == '\\')
				return pattern_error(place, pattern, i,
				    "\\c\\ is not accepted, write \\x1c", err);
			if (left > 1 && (s[1] == 'G' || s[1] == 'K'))
				return pattern_error(place, pattern, i,
				    "\\G and \\K are not accepted", err);
			i++;
			continue;
		}
		if (left > 1 && s[0] == '(' && s[1] == '*')
			return pattern_error(place, pattern, i,
			    "(*...) is not accepted; for the two characters "
			    "write \\(\\*, in a class [*(]", err);
	}
	return SL_OK;
}

static void
read_names(struct sl_rx *rx)
{
	uint32_t count = 0, entry_size = 0, groups = 0;
	PCRE2_SPTR table = NULL;

	(void)pcre2_pattern_info(rx->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	rx->group_count = (size_t)groups + 1;
	(void)pcre2_pattern_info(rx->code, PCRE2_INFO_NAMECOUNT, &count);
	if (count == 0)
		return;
	(void)pcre2_pattern_info(rx->code, PCRE2_INFO_NAMEENTRYSIZE,
	    &entry_size);
	(void)pcre2_pattern_info(rx->code, PCRE2_INFO_NAMETABLE, &table);
	rx->names = sl_alloc_array(count, sizeof(*rx->names));
	rx->name_groups = sl_alloc_array(count, sizeof(*rx->name_groups));
	rx->name_count = count;
	for (uint32_t i = 0; i < count; i++, table += entry_size) {
		rx->names[i] = (const char *)table + 2;
		rx->name_groups[i] = (size_t)table[0] << 8 | table[1];
	}
}

/* As every pattern with these flags is compiled, however it is anchored. */
static pcre2_code *
compile(struct sl_str pattern, unsigned flags, uint32_t options, int *code,
    PCRE2_SIZE *offset)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *compiled;

	if (!context)
		abort();
	options |= PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C |
	    PCRE2_NEVER_UCP;
	options |= flags & SL_RX_CHARACTERS ? PCRE2_UTF : PCRE2_NEVER_UTF;
	if (flags & SL_RX_CASELESS)
		options |= PCRE2_CASELESS;
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	pcre2_set_bsr(context, PCRE2_BSR_ANYCRLF);
#ifdef PCRE2_EXTRA_NEVER_CALLOUT
	pcre2_set_compile_extra_options(context, PCRE2_EXTRA_NEVER_CALLOUT);
#endif
	compiled = pcre2_compile((PCRE2_SPTR)(pattern.len ? pattern.ptr : ""),
	    pattern.len, options, code, offset, context);
	pcre2_compile_context_free(context);
	return compiled;
}

int
sl_rx_compile(struct sl_str pattern, unsigned flags,
    const struct sl_rx_place *place, struct sl_rx **out, struct sl_error *err)
{
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	uint32_t options = 0;
	PCRE2_SIZE offset = 0;
	int code = 0;

	if (pattern.len > SL_RX_MAX_PATTERN)
		return pattern_error(place, pattern, SL_RX_MAX_PATTERN,
		    "longer than 8192 bytes", err);
	if (refuse_items(pattern, place, err) < 0)
		return SL_ECONFIG;
	/* A name may hold a line feed, and must not get past `.*` by it. */
	if (flags & SL_RX_FULL)
		options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOTALL;
	else
		options |= PCRE2_USE_OFFSET_LIMIT;

	rx = sl_alloc(sizeof(*rx));
	rx->owners = 1;
	rx->pattern = sl_strndup(pattern.len ? pattern.ptr : "", pattern.len);
	rx->pattern_len = pattern.len;
	rx->flags = flags;
	rx->code = compile(pattern, flags, options, &code, &offset);
	if (!rx->code) {
		char reason[160];

		pcre2_get_error_message(code, (PCRE2_UCHAR *)reason,
		    sizeof(reason));
		return pattern_error(place, pattern, offset, reason, err);
	}
	read_names(rx);
	if (rx->group_count > SL_RX_MAX_GROUPS)
		return pattern_error(place, pattern, pattern.len,
		    "more than 63 groups; write (?:...) where nothing needs "
		    "to be captured", err);
	*out = sl_steal(&rx);
	return SL_OK;
}

void
sl_rx_free(struct sl_rx *rx)
{
	if (!rx || --rx->owners)
		return;
	pcre2_code_free(rx->code);
	pcre2_code_free(atomic_load(&rx->fast));
	pcre2_code_free(rx->beginning);
	pcre2_code_free(rx->longer);
	free(rx->names);
	free(rx->name_groups);
	free(rx->pattern);
	free(rx);
}

struct sl_rx *
sl_rx_ref(struct sl_rx *rx)
{
	rx->owners++;
	return rx;
}

struct sl_str
sl_rx_pattern(const struct sl_rx *rx)
{
	return sl_strn(rx->pattern, rx->pattern_len);
}

unsigned
sl_rx_flags(const struct sl_rx *rx)
{
	return rx->flags;
}

size_t
sl_rx_size(const struct sl_rx *rx)
{
	size_t size = 0;

	(void)pcre2_pattern_info(rx->code, PCRE2_INFO_SIZE, &size);
	return size;
}

size_t
sl_rx_name_count(const struct sl_rx *rx)
{
	return rx->name_count;
}

const char *
sl_rx_name_at(const struct sl_rx *rx, size_t index)
{
	return rx->names[index];
}

size_t
sl_rx_group_at(const struct sl_rx *rx, size_t index)
{
	return rx->name_groups[index];
}

size_t
sl_rx_group_of(const struct sl_rx *rx, struct sl_str name)
{
	for (size_t i = 0; i < rx->name_count; i++)
		if (sl_str_eqs(name, rx->names[i]))
			return rx->name_groups[i];
	return 0;
}

static bool
jit_built_in(void)
{
	uint32_t jit = 0;

	return pcre2_config(PCRE2_CONFIG_JIT, &jit) >= 0 && jit == 1;
}

static int
make_code(pcre2_code *code)
{
	if (SL_FAULT_IS("jit-refused"))
		return PCRE2_ERROR_NOMEMORY;
	return pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
}

struct sl_rx_scratch *
sl_rx_scratch_new(const struct sl_rx_limits *limits)
{
	struct sl_rx_scratch *s = sl_alloc(sizeof(*s));

	if (limits)
		s->limits = *limits;
	if (!s->limits.match_limit)
		s->limits.match_limit = DEFAULT_MATCH_LIMIT;
	if (!s->limits.depth_limit)
		s->limits.depth_limit = DEFAULT_DEPTH_LIMIT;
	if (!s->limits.heap_kib)
		s->limits.heap_kib = DEFAULT_HEAP_KIB;
	s->jit_refused = !jit_built_in();
	s->context = pcre2_match_context_create(NULL);
	s->data = pcre2_match_data_create(SL_RX_MAX_GROUPS, NULL);
	if (!s->context || !s->data)
		abort();
	pcre2_set_match_limit(s->context, s->limits.match_limit);
	pcre2_set_depth_limit(s->context, s->limits.depth_limit);
	pcre2_set_heap_limit(s->context, s->limits.heap_kib);
	return s;
}

void
sl_rx_scratch_free(struct sl_rx_scratch *s)
{
	if (!s)
		return;
	pcre2_match_data_free(s->data);
	pcre2_match_context_free(s->context);
	pcre2_jit_stack_free(s->stack);
	free(s);
}

void
sl_rx_scratch_deadline(struct sl_rx_scratch *s, const struct sl_clock *clock,
    int64_t deadline_ms)
{
	s->clock = clock;
	s->deadline_ms = deadline_ms;
}

void
sl_rx_scratch_eager(struct sl_rx_scratch *s)
{
	s->eager = true;
}

/* Threads wait for the one that came first. */
static void
make_fast(struct sl_rx *rx, struct sl_rx_scratch *s)
{
	static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
	pcre2_code *copy = NULL;
	int rc = 0;

	pthread_mutex_lock(&making);
	if (!atomic_load(&rx->jit_tried)) {
		copy = pcre2_code_copy(rx->code);
		if (!copy)
			abort();
		rc = make_code(copy);
		if (rc == 0)
			atomic_store(&rx->fast, sl_steal(&copy));
		atomic_store(&rx->jit_tried, true);
	}
	pthread_mutex_unlock(&making);
	if (rc == PCRE2_ERROR_NOMEMORY)
		s->jit_refused = true;
	pcre2_code_free(copy);
}

/*
 * The code to run: machine code for a pattern that has turned out to be used.
 */
static const pcre2_code *
code_for(struct sl_rx *rx, struct sl_rx_scratch *s, size_t len)
{
	pcre2_code *fast = atomic_load_explicit(&rx->fast,
	    memory_order_acquire);

	if (!fast && !s->jit_refused && !atomic_load(&rx->jit_tried)) {
		uint64_t calls = atomic_fetch_add_explicit(&rx->calls, 1,
		    memory_order_relaxed);
		uint64_t bytes = atomic_fetch_add_explicit(&rx->bytes, len,
		    memory_order_relaxed);

		if (s->eager || bytes + len > JIT_AFTER_BYTES ||
		    calls + 1 > JIT_AFTER_CALLS)
			make_fast(rx, s);
		fast = atomic_load_explicit(&rx->fast, memory_order_acquire);
	}
	if (!fast)
		return rx->code;
	if (!s->stack) {
		s->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX,
		    NULL);
		if (s->stack)
			pcre2_jit_stack_assign(s->context, NULL, s->stack);
	}
	return fast;
}

static size_t
max_bytes(const struct sl_rx *rx, const struct sl_rx_scratch *s)
{
	if (s->limits.max_bytes)
		return s->limits.max_bytes;
	return atomic_load(&rx->fast) || !s->jit_refused ? SL_RX_MAX_SUBJECT :
	    DEFAULT_MAX_BYTES_SLOW;
}

static int
limit_error(const struct sl_rx *rx, int code, struct sl_error *err)
{
	struct sl_str shown = sl_rx_pattern(rx);
	const char *tail = "";
	char reason[160];

	if (shown.len > 80) {
		shown.len = 80;
		tail = "...";
	}
	pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof(reason));
	sl_error_set(err, SL_ELIMIT, "regular expression '%.*s%s': %s",
	    SL_STR_ARG(shown), tail, reason);
	if (err)
		err->foreign = code;
	return SL_ELIMIT;
}

static void
fill_match(const struct sl_rx *rx, const pcre2_match_data *data, size_t set,
    struct sl_str subject, struct sl_rx_match *m)
{
	const PCRE2_SIZE *ov =
	    pcre2_get_ovector_pointer((pcre2_match_data *)data);

	m->count = rx->group_count;
	for (size_t i = 0; i < m->count; i++) {
		PCRE2_SIZE from = ov[2 * i], to = ov[2 * i + 1];

		if (i >= set || from == PCRE2_UNSET) {
			m->group[i] = sl_strn(NULL, 0);
			continue;
		}
		m->group[i] = sl_strn(subject.ptr + from, to - from);
	}
	m->start = ov[0];
	m->end = ov[1];
}

/* Returned beside PCRE2's own codes, which are all above it. */
#define OUT_OF_TIME (-100000)

/*
 * Search in stretches of starts. The subject is whole for each of them, so
 * that look-behind, look-ahead and long matches are what they would be in one
 * go; only where a match may begin is limited.
 */
static int
search(const struct sl_rx *rx, const pcre2_code *code,
    struct sl_rx_scratch *s, struct sl_str subject, size_t start, size_t last)
{
	size_t stretch = STRETCH_MIN;
	int rc = PCRE2_ERROR_NOMATCH;

	while (start <= last) {
		size_t to = s->clock && last - start > stretch ?
		    start + stretch :
		    last;

		pcre2_set_offset_limit(s->context, to);
		rc = pcre2_match(code, (PCRE2_SPTR)subject.ptr, subject.len,
		    start, 0, s->data, s->context);
		if (rc != PCRE2_ERROR_NOMATCH || to == last)
			return rc;
		if (sl_rx_scratch_expired(s))
			return OUT_OF_TIME;
		start = to + 1;
		while (rx->flags & SL_RX_CHARACTERS && start < subject.len &&
		    ((uint8_t)subject.ptr[start] & 0xc0) == 0x80)
			start++;
		if (stretch < STRETCH_MAX)
			stretch *= 2;
	}
	return rc;
}

bool
sl_rx_scratch_expired(const struct sl_rx_scratch *s)
{
	return s->clock && sl_clock_monotonic_ms(s->clock) > s->deadline_ms;
}

static int
match_full(const pcre2_code *code, struct sl_rx_scratch *s,
    struct sl_str subject, size_t start)
{
	pcre2_set_offset_limit(s->context, PCRE2_UNSET);
	return pcre2_match(code, (PCRE2_SPTR)subject.ptr, subject.len,
	    start, 0, s->data, s->context);
}

int
sl_rx_match_within(struct sl_rx *rx, struct sl_rx_scratch *scratch,
    struct sl_str subject, size_t start, size_t last,
    struct sl_rx_match *match, struct sl_error *err)
{
	SL_CLEANUP(sl_rx_scratch_freep) struct sl_rx_scratch *own = NULL;
	const pcre2_code *code;
	int rc;

	if (!scratch)
		scratch = own = sl_rx_scratch_new(NULL);
	if (last > subject.len)
		last = subject.len;
	if (start > last)
		return SL_RX_NO;
	if (!subject.ptr)
		subject.ptr = "";
	code = code_for(rx, scratch, last - start);
	if (subject.len > max_bytes(rx, scratch))
		return sl_error_set(err, SL_ELIMIT,
		    "%zu bytes are more than one match may read (%zu)",
		    subject.len, max_bytes(rx, scratch));
	rc = rx->flags & SL_RX_FULL ?
	    match_full(code, scratch, subject, start) :
	    search(rx, code, scratch, subject, start, last);
	if (rc == PCRE2_ERROR_NOMATCH)
		return SL_RX_NO;
	if (rc == OUT_OF_TIME)
		return sl_error_set(err, SL_ELIMIT,
		    "the time budget ended in a search");
	if (rc < 0)
		return limit_error(rx, rc, err);
	if (match)
		fill_match(rx, scratch->data, (size_t)rc, subject, match);
	return SL_RX_YES;
}

int
sl_rx_match(struct sl_rx *rx, struct sl_rx_scratch *scratch,
    struct sl_str subject, size_t start, struct sl_rx_match *match,
    struct sl_error *err)
{
	return sl_rx_match_within(rx, scratch, subject, start, subject.len,
	    match, err);
}

/* PCRE2 has no partial match of a pattern that is anchored at the end by an
 * option, but of one that says so itself. */
static int
compile_partial(struct sl_rx *rx, const char *end, pcre2_code **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN + 16);
	PCRE2_SIZE offset = 0;
	int code = 0;

	if (*out)
		return SL_OK;
	sl_buf_adds(&text, "(?:");
	sl_buf_addv(&text, sl_rx_pattern(rx));
	sl_buf_adds(&text, end);
	*out = compile(sl_buf_str(&text), rx->flags,
	    PCRE2_ANCHORED | PCRE2_DOTALL, &code, &offset);
	return *out ? SL_OK : limit_error(rx, code, err);
}

static int
match_partial(struct sl_rx *rx, const pcre2_code *code, uint32_t options,
    struct sl_rx_scratch *scratch, struct sl_str text, struct sl_error *err)
{
	int rc;

	if (text.len > max_bytes(rx, scratch))
		return sl_error_set(err, SL_ELIMIT,
		    "%zu bytes are more than one match may read (%zu)",
		    text.len, max_bytes(rx, scratch));
	pcre2_set_offset_limit(scratch->context, PCRE2_UNSET);
	rc = pcre2_match(code, (PCRE2_SPTR)text.ptr, text.len, 0, options,
	    scratch->data, scratch->context);
	if (rc == PCRE2_ERROR_NOMATCH)
		return SL_RX_NO;
	if (rc < 0 && rc != PCRE2_ERROR_PARTIAL)
		return limit_error(rx, rc, err);
	return SL_RX_YES;
}

int
sl_rx_could_begin(struct sl_rx *rx, struct sl_rx_scratch *scratch,
    struct sl_str text, struct sl_error *err)
{
	int rc = compile_partial(rx, ")\\z", &rx->beginning, err);

	/* PCRE2 calls only that a partial match which has seen a byte. */
	if (rc < 0 || text.len == 0)
		return rc < 0 ? rc : SL_RX_YES;
	return match_partial(rx, rx->beginning, PCRE2_PARTIAL_SOFT, scratch,
	    text, err);
}

/*
 * The pattern is made to fail where it would match, so that PCRE2 tries every
 * way through it; a way that asks for a byte after the text is a partial match,
 * and ends the search (PARTIAL_HARD). Where there is none, what follows the
 * text cannot matter.
 */
int
sl_rx_could_go_on(struct sl_rx *rx, struct sl_rx_scratch *scratch,
    struct sl_str text, struct sl_error *err)
{
	int rc = compile_partial(rx, ")(?!)", &rx->longer, err);

	if (rc < 0 || text.len == 0)
		return rc < 0 ? rc : SL_RX_YES;
	return match_partial(rx, rx->longer, PCRE2_PARTIAL_HARD, scratch, text,
	    err);
}

/* Whether machine code can be made here and now, not only in principle. */
static bool
jit_works(void)
{
	PCRE2_SIZE offset;
	int code;
	pcre2_code *probe;
	bool works;

	if (!jit_built_in())
		return false;
	probe = pcre2_compile((PCRE2_SPTR)"a", 1, 0, &code, &offset, NULL);
	if (!probe)
		return false;
	works = make_code(probe) == 0;
	pcre2_code_free(probe);
	return works;
}

void
sl_rx_engine(char out[SL_RX_ENGINE_SIZE])
{
	char version[24];

	if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) > (int)sizeof(version) ||
	    pcre2_config(PCRE2_CONFIG_VERSION, version) < 0)
		snprintf(version, sizeof(version), "unknown");
	version[strcspn(version, " ")] = '\0';
	snprintf(out, SL_RX_ENGINE_SIZE, "PCRE2 %s%s", version,
	    !jit_built_in() ? " without JIT" :
		jit_works() ? " JIT" :
			      ", JIT refused by the system");
}
