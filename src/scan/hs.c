/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hs: the one door to Hyperscan's interface, which Vectorscan has too.
 *
 * The library is not linked, but opened when it is needed: linked, it would
 * add a millisecond to the start of every hook, and many pushes are judged
 * without it. A search needs the run-time part only, which is C and small.
 */
#include "scan/database_int.h"

#include <dlfcn.h>
#include <hs.h>
#include <stdio.h>
#include <sys/auxv.h>

#include "base/mem.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
/* The interface's major version is the shared library's. */
#define RUNTIME "libhs_runtime.so." TEXT(HS_MAJOR)
#define COMPILER "libhs.so." TEXT(HS_MAJOR)

/* Expressions that the library takes one by one, but not all together, are
 * left out one after the other; each costs one more attempt. */
#define MAX_ATTEMPTS 8

#define FOR_RUNTIME(X)                                                         \
	X(hs_version)                                                          \
	X(hs_valid_platform)                                                   \
	X(hs_serialized_database_size)                                         \
	X(hs_deserialize_database)                                             \
	X(hs_free_database)                                                    \
	X(hs_alloc_scratch)                                                    \
	X(hs_free_scratch)                                                     \
	X(hs_scan)
#define FOR_COMPILER(X)                                                        \
	X(hs_expression_info)                                                  \
	X(hs_compile_multi)                                                    \
	X(hs_free_compile_error)                                               \
	X(hs_serialize_database)

#define MEMBER(name) __typeof__(name) *name;
struct library {
	void *handle;
	FOR_RUNTIME(MEMBER)
	FOR_COMPILER(MEMBER) /* NULL in the run-time part */
};

struct sl_hs {
	struct library library;
	hs_database_t *database;
};

struct sl_hs_scratch {
	const struct sl_hs *hs;
	hs_scratch_t *scratch;
};

static void
close_library(struct library *l)
{
	if (l->handle)
		dlclose(l->handle);
	l->handle = NULL;
}

/* An object's address as that of a function: what dlsym(3) is for. */
#define FIND(name) \
	*(void **)&l->name = dlsym(l->handle, #name); \
	found = found && l->name;

static bool
open_library(struct library *l, const char *soname, bool compiler)
{
	bool found = true;

	*l = (struct library){ .handle = dlopen(soname, RTLD_NOW) };
	if (!l->handle)
		return false;
	FOR_RUNTIME(FIND)
	if (compiler) {
		FOR_COMPILER(FIND)
	}
	if (found && l->hs_valid_platform() == HS_SUCCESS)
		return true;
	close_library(l);
	return false;
}

static bool
open_runtime(struct library *l)
{
	return open_library(l, RUNTIME, false) ||
	    open_library(l, COMPILER, false);
}

static int
no_library(struct sl_error *err)
{
	return sl_error_set(err, SL_ENOTFOUND,
	    "neither Vectorscan nor Hyperscan (" COMPILER ") can be used here");
}

bool
sl_hs_version(char out[SL_HS_VERSION_SIZE])
{
	SL_CLEANUP(close_library) struct library l = { .handle = NULL };

	if (!open_runtime(&l))
		return false;
	snprintf(out, SL_HS_VERSION_SIZE, "%s", l.hs_version());
	return true;
}

void
sl_hs_processor(struct sl_buf *out)
{
#if defined(__x86_64__)
	static const char names[] = "sse4.2 popcnt avx2 avx512f avx512bw "
				    "avx512vbmi";
	const bool has[] = {
		__builtin_cpu_supports("sse4.2") != 0,
		__builtin_cpu_supports("popcnt") != 0,
		__builtin_cpu_supports("avx2") != 0,
		__builtin_cpu_supports("avx512f") != 0,
		__builtin_cpu_supports("avx512bw") != 0,
		__builtin_cpu_supports("avx512vbmi") != 0,
	};

	sl_buf_adds(out, names);
	for (size_t i = 0; i < SL_COUNT(has); i++)
		sl_buf_addc(out, has[i] ? '1' : '0');
#else
	sl_buf_addf(out, "%zu %lx", sizeof(void *), getauxval(AT_HWCAP));
#ifdef AT_HWCAP2
	sl_buf_addf(out, " %lx", getauxval(AT_HWCAP2));
#endif
#endif
}

/* --- compiling --- */

static unsigned
flags_of(const struct sl_expression *e, bool prefilter)
{
	unsigned flags = e->caseless ? HS_FLAG_CASELESS : 0;

	/* Where a match is unbounded, its ends do not tell where it began:
	 * one of them is as good as all. */
	if (e->width == SL_WIDTH_ANY)
		flags |= HS_FLAG_SINGLEMATCH;
	return flags | (prefilter ? HS_FLAG_PREFILTER : 0);
}

/* How long matches are at most. @return false: the library cannot do it */
static bool
measure(const struct library *l, struct sl_expression *e, bool prefilter)
{
	hs_compile_error_t *why = NULL;
	hs_expr_info_t *info = NULL;

	e->width = 0;
	if (l->hs_expression_info(e->text.ptr, flags_of(e, prefilter), &info,
		&why) != HS_SUCCESS) {
		if (why)
			l->hs_free_compile_error(why);
		return false;
	}
	/* One that can match nothing matches everywhere. */
	if (info->min_width > 0)
		e->width = info->max_width > SL_WIDTH_MAX ? SL_WIDTH_ANY :
							    info->max_width;
	free(info);
	return true;
}

struct batch {
	const char **texts;
	unsigned *flags;
	unsigned *ids;
	unsigned count;
};

static void
batch_release(struct batch *b)
{
	free(b->texts);
	free(b->flags);
	free(b->ids);
}

static void
fill_batch(const struct library *l, struct sl_expression *e, size_t count,
    struct batch *b)
{
	b->texts = sl_alloc_array(count + 1, sizeof(*b->texts));
	b->flags = sl_alloc_array(count + 1, sizeof(*b->flags));
	b->ids = sl_alloc_array(count + 1, sizeof(*b->ids));
	for (size_t i = 0; i < count; i++) {
		bool prefilter = false;

		e[i].width = 0;
		if (!sl_pattern_is_portable(e[i].text))
			continue;
		/* Only where it must be: it may simplify what it need not. */
		if (!measure(l, &e[i], false))
			prefilter = measure(l, &e[i], true);
		if (e[i].width == 0)
			continue;
		b->texts[b->count] = e[i].text.ptr;
		b->flags[b->count] = flags_of(&e[i], prefilter);
		b->ids[b->count++] = (unsigned)i;
	}
}

static void
leave_out(struct batch *b, unsigned index, struct sl_expression *e)
{
	e[b->ids[index]].width = 0;
	b->count--;
	for (unsigned i = index; i < b->count; i++) {
		b->texts[i] = b->texts[i + 1];
		b->flags[i] = b->flags[i + 1];
		b->ids[i] = b->ids[i + 1];
	}
}

static int
compile(const struct library *l, struct batch *b, struct sl_expression *e,
    hs_database_t **out, struct sl_error *err)
{
	for (int attempt = 1; b->count > 0; attempt++) {
		hs_compile_error_t *why = NULL;
		int index, rc = l->hs_compile_multi(b->texts, b->flags, b->ids,
		    b->count, HS_MODE_BLOCK, NULL, out, &why);

		if (rc == HS_SUCCESS)
			return SL_OK;
		index = why ? why->expression : -1;
		sl_error_set(err, SL_EUNSUPPORTED,
		    "the patterns cannot be compiled together: %s",
		    why && why->message ? why->message : "no memory");
		if (why)
			l->hs_free_compile_error(why);
		if (index < 0 || (unsigned)index >= b->count ||
		    attempt == MAX_ATTEMPTS)
			return SL_EUNSUPPORTED;
		leave_out(b, (unsigned)index, e);
	}
	return SL_OK;
}

static int
serialize(const struct library *l, const hs_database_t *database,
    struct sl_buf *out, struct sl_error *err)
{
	char *bytes = NULL;
	size_t len = 0;
	int rc;

	if (l->hs_serialize_database(database, &bytes, &len) != HS_SUCCESS)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "the compiled patterns cannot be written out");
	rc = sl_buf_add(out, bytes, len);
	free(bytes);
	return rc < 0 ? sl_error_set(err, SL_ETOOBIG,
			    "the compiled patterns have %zu bytes, too many",
			    len) :
			SL_OK;
}

int
sl_hs_compile(struct sl_expression *expressions, size_t count,
    struct sl_buf *out, struct sl_error *err)
{
	SL_CLEANUP(close_library) struct library l = { .handle = NULL };
	SL_CLEANUP(batch_release) struct batch b = { .count = 0 };
	hs_database_t *database = NULL;
	int rc;

	if (!open_library(&l, COMPILER, true))
		return no_library(err);
	fill_batch(&l, expressions, count, &b);
	rc = compile(&l, &b, expressions, &database, err);
	if (rc == SL_OK && database)
		rc = serialize(&l, database, out, err);
	l.hs_free_database(database);
	return rc;
}

/* --- searching --- */

int
sl_hs_load(struct sl_str bytes, struct sl_hs **out, struct sl_error *err)
{
	struct sl_hs *hs = sl_alloc(sizeof(*hs));
	size_t size = 0;
	int rc;

	if (!open_runtime(&hs->library)) {
		free(hs);
		return no_library(err);
	}
	rc = hs->library.hs_serialized_database_size(bytes.ptr, bytes.len,
	    &size);
	if (rc == HS_SUCCESS && size <= SL_DATABASE_MAX)
		rc = hs->library.hs_deserialize_database(bytes.ptr, bytes.len,
		    &hs->database);
	if (!hs->database) {
		sl_hs_free(hs);
		return sl_error_set(err, SL_ECORRUPT,
		    "the library does not take the database (%d)", rc);
	}
	*out = hs;
	return SL_OK;
}

void
sl_hs_free(struct sl_hs *hs)
{
	if (!hs)
		return;
	hs->library.hs_free_database(hs->database);
	close_library(&hs->library);
	free(hs);
}

struct sl_hs_scratch *
sl_hs_scratch_new(const struct sl_hs *hs)
{
	struct sl_hs_scratch *s = sl_alloc(sizeof(*s));

	s->hs = hs;
	if (hs->library.hs_alloc_scratch(hs->database, &s->scratch) ==
	    HS_SUCCESS)
		return s;
	free(s);
	return NULL;
}

void
sl_hs_scratch_free(struct sl_hs_scratch *s)
{
	if (!s)
		return;
	s->hs->library.hs_free_scratch(s->scratch);
	free(s);
}

struct search {
	sl_candidate_fn *fn;
	void *ctx;
};

static int
on_match(unsigned id, unsigned long long from SL_UNUSED,
    unsigned long long to, unsigned flags SL_UNUSED, void *ctx)
{
	const struct search *s = ctx;

	return s->fn(s->ctx, id, (uint32_t)to) ? 0 : 1;
}

int
sl_hs_search(struct sl_hs_scratch *s, struct sl_str text, sl_candidate_fn *fn,
    void *ctx, struct sl_error *err)
{
	struct search search = { fn, ctx };
	int rc = s->hs->library.hs_scan(s->hs->database,
	    text.ptr ? text.ptr : "", (unsigned)text.len, 0, s->scratch,
	    on_match, &search);

	if (rc == HS_SUCCESS)
		return SL_OK;
	return sl_error_set(err, SL_ELIMIT, rc == HS_SCAN_TERMINATED ?
		"the time budget ended in a search" :
		"the search for compiled patterns failed (%d)", rc);
}
