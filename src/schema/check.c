/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: a value on trial.
 *
 * A subschema is applied in a frame; the frames are the dynamic scope that a
 * `$dynamicRef` searches. Which members and elements were evaluated is
 * collected only where an unevaluated* asks for it, in a set per frame that
 * goes to the frame around it if the value fitted.
 */
#include "schema/schema_int.h"

#include "base/mem.h"
#include "base/text.h"

#define DEFAULT_STEPS 5000000
#define DEFAULT_FLAWS 20
#define MAX_FRAMES 1000
/* Bytes of a text in a flaw. */
#define MAX_SHOWN 600

int
sl_trial_charge(struct sl_trial *t, uint64_t steps, struct sl_error *err)
{
	if (steps > t->steps)
		return sl_error_set(err, SL_ELIMIT,
		    "the schema takes more than %llu steps on this value",
		    (unsigned long long)(t->how->max_steps ?
				t->how->max_steps :
				DEFAULT_STEPS));
	t->steps -= steps;
	return SL_OK;
}

int
sl_trial_match(struct sl_trial *t, struct sl_rx *rx, struct sl_str text,
    struct sl_error *err)
{
	int rc = sl_trial_charge(t, 1 + text.len / 64, err);

	return rc < 0 ? rc : sl_rx_match(rx, t->scratch, text, 0, NULL, err);
}

/* --- what was evaluated --- */

void
sl_seen_mark(struct sl_seen *seen, size_t index)
{
	if (seen->bits != NULL)
		seen->bits[index / 64] |= (uint64_t)1 << index % 64;
}

bool
sl_seen_has(const struct sl_seen *seen, size_t index)
{
	return seen->bits != NULL &&
	    (seen->bits[index / 64] >> index % 64 & 1) != 0;
}

static void
seen_release(struct sl_seen *seen)
{
	free(seen->bits);
}

static int
seen_init(struct sl_trial *t, struct sl_seen *seen, const struct sl_spot *spot,
    struct sl_error *err)
{
	size_t words = sl_node_count(spot->node) / 64 + 1;
	int rc = sl_trial_charge(t, words, err);

	if (rc < 0)
		return rc;
	seen->count = words;
	seen->bits = sl_alloc_array(words, sizeof(*seen->bits));
	return SL_OK;
}

static void
seen_merge(struct sl_seen *into, const struct sl_seen *from)
{
	for (size_t i = 0; i < from->count; i++)
		into->bits[i] |= from->bits[i];
}

/* --- flaws --- */

/* How far a value got before this was wrong with it: into the value, and at
 * one place the wrong type comes first. */
static unsigned
how_far(const struct sl_word *word, const struct sl_spot *spot)
{
	unsigned far =
	    word == NULL || word->kind->check != sl_check_type ? 2 : 1;

	for (; spot->parent != NULL; spot = spot->parent)
		far += 2;
	return far;
}

bool
sl_trial_goes_on(const struct sl_trial *t)
{
	unsigned max = t->how->max_flaws ? t->how->max_flaws : DEFAULT_FLAWS;

	return t->quiet == 0 && t->how->flaw != NULL && t->told < max;
}

struct flaw {
	const struct sl_word *word; /* NULL: the whole schema is `false` */
	const struct sl_spot *spot;
	const struct sl_node *place;
	const char *found;
	const char *expected;
};

/* Whether it is told; notes how far the value got where it is not. */
static bool
is_wanted(struct sl_trial *t, const struct sl_word *word,
    const struct sl_spot *spot)
{
	unsigned far;

	if (sl_trial_goes_on(t))
		return true;
	far = t->quiet > 0 ? how_far(word, spot) : 0;
	if (far > t->furthest)
		t->furthest = far;
	return false;
}

static void
tell(struct sl_trial *t, const struct flaw *f)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf path = SL_BUF_INIT(4096);
	char at[MAX_SHOWN], found[MAX_SHOWN], expected[MAX_SHOWN];

	sl_spot_path(f->spot, &path);
	sl_text_escape_into(sl_buf_cstr(&path), path.len, at, sizeof(at));
	sl_text_cut_into(f->found, found, sizeof(found));
	sl_text_escape_into(f->expected, strlen(f->expected), expected,
	    sizeof(expected));
	t->told += t->how->flaw(t->how->ctx, &(struct sl_schema_flaw){
		.mark = sl_node_mark(f->place),
		.at = at,
		.keyword = f->word ? f->word->kind->name : "false",
		.found = found,
		.expected = expected,
		.schema = sl_node_mark(f->word ? f->word->key :
						 t->schema->root->node),
	    });
}

int
sl_trial_flaw_as(struct sl_trial *t, const struct sl_word *word,
    const struct sl_spot *spot, const char *expected)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf is = SL_BUF_INIT(MAX_SHOWN);
	SL_CLEANUP(sl_buf_release) struct sl_buf want = SL_BUF_INIT(4096);

	if (!is_wanted(t, word, spot))
		return SL_RX_NO;
	sl_spot_describe(spot, t->how->hide || word->in->hides, &is);
	if (expected == NULL)
		word->kind->expect(word, &want);
	tell(t, &(struct flaw){ word, spot, spot->node, sl_buf_cstr(&is),
		    expected ? expected : sl_buf_cstr(&want) });
	return SL_RX_NO;
}

int
sl_trial_flaw(struct sl_trial *t, const struct sl_word *word,
    const struct sl_spot *spot)
{
	return sl_trial_flaw_as(t, word, spot, NULL);
}

/* The names that `properties` gives beside a word, and the nearest. */
static void
expect_names(const struct sl_word *via, const struct sl_node *key,
    struct sl_buf *out)
{
	const struct sl_word *named = sl_sub_word(via->in, "properties");
	SL_CLEANUP(sl_freep) const char **names = NULL;
	const char *near;

	if (named == NULL || named->names.count == 0)
		return;
	names = sl_alloc_array(named->names.count + 1, sizeof(*names));
	for (size_t i = 0; i < named->names.count; i++)
		names[i] = named->names.entries[i].key.ptr;
	near = sl_text_nearest(sl_node_text(key), names);
	if (near != NULL) {
		sl_buf_addf(out, "another key; did you mean \"%s\"?", near);
		return;
	}
	sl_buf_adds(out, "one of the keys ");
	for (size_t i = 0; names[i] != NULL && i < 8; i++)
		sl_buf_addf(out, "%s\"%s\"", i == 0 ? "" : ", ", names[i]);
	if (named->names.count > 8)
		sl_buf_addf(out, " or %zu others", named->names.count - 8);
}

/* Anything is wrong under the schema `false`: say so of a member's key. */
static int
refuse(struct sl_trial *t, const struct sl_spot *spot,
    const struct sl_word *via)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf is = SL_BUF_INIT(MAX_SHOWN);
	SL_CLEANUP(sl_buf_release) struct sl_buf want = SL_BUF_INIT(4096);
	bool member = via != NULL && spot->key != NULL &&
	    via->kind->types == SL_TYPE_OBJECT;

	if (!is_wanted(t, via, spot))
		return SL_RX_NO;
	if (member) {
		sl_buf_adds(&is, "the key ");
		sl_text_quote(&is, sl_node_text(spot->key));
		expect_names(via, spot->key, &want);
	} else {
		sl_spot_describe(spot, true, &is);
	}
	tell(t, &(struct flaw){ via, spot, member ? spot->key : spot->node,
		    sl_buf_cstr(&is),
		    want.len > 0 ? sl_buf_cstr(&want) : "nothing here" });
	return SL_RX_NO;
}

/* --- applying --- */

/* Whether a keyword was checked together with one before it. */
static bool
is_joined(const struct sl_sub *sub, size_t index)
{
	const struct sl_word_kind *kind = sub->words[index].kind;

	return kind->joined && index > 0 &&
	    sub->words[index - 1].kind->check == kind->check;
}

static int
check_words(struct sl_trial *t, const struct sl_frame *frame,
    struct sl_error *err)
{
	const struct sl_sub *sub = frame->sub;
	int result = SL_RX_YES;

	for (size_t i = 0; i < sub->word_count; i++) {
		const struct sl_word_kind *kind = sub->words[i].kind;
		int rc;

		if (kind->check == NULL || is_joined(sub, i) ||
		    (kind->types != 0 && !(kind->types & frame->spot->type)))
			continue;
		rc = sl_trial_charge(t, 1, err);
		if (rc == SL_OK)
			rc = kind->check(t, frame, &sub->words[i], err);
		if (rc < 0)
			return rc;
		if (rc == SL_RX_NO)
			result = SL_RX_NO;
		if (rc == SL_RX_NO && !sl_trial_goes_on(t))
			return SL_RX_NO;
	}
	return result;
}

int
sl_trial_apply(struct sl_trial *t, const struct sl_frame *outer,
    const struct sl_sub *sub, const struct sl_spot *spot,
    struct sl_seen *seen, const struct sl_word *via, struct sl_error *err)
{
	SL_CLEANUP(seen_release) struct sl_seen own = { NULL, 0 };
	struct sl_frame frame = { sub, spot, outer, &own };
	int rc = sl_trial_charge(t, 1, err);

	if (rc < 0)
		return rc;
	if (sub->is_bool)
		return sub->value ? SL_RX_YES : refuse(t, spot, via);
	if (t->depth >= MAX_FRAMES)
		return sl_error_set(err, SL_ELIMIT,
		    "the schema nests more than %d deep on this value",
		    MAX_FRAMES);
	if (sub->tracks || (seen != NULL && seen->bits != NULL)) {
		rc = seen_init(t, &own, spot, err);
		if (rc < 0)
			return rc;
	}
	t->depth++;
	rc = check_words(t, &frame, err);
	t->depth--;
	if (rc == SL_RX_YES && seen != NULL && seen->bits != NULL)
		seen_merge(seen, &own);
	return rc;
}

int
sl_trial_try(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_sub *sub, const struct sl_spot *spot,
    struct sl_seen *seen, const struct sl_word *via, struct sl_error *err)
{
	int rc;

	t->quiet++;
	rc = sl_trial_apply(t, frame, sub, spot, seen, via, err);
	t->quiet--;
	return rc;
}

int
sl_schema_check(const struct sl_schema *schema, const struct sl_node *value,
    const struct sl_schema_trial *how, bool *fits, struct sl_error *err)
{
	SL_CLEANUP(sl_rx_scratch_freep) struct sl_rx_scratch *own = NULL;
	struct sl_trial t = { .schema = schema, .how = how,
		.scratch = how->scratch,
		.steps = how->max_steps ? how->max_steps : DEFAULT_STEPS };
	struct sl_spot spot;
	int rc;

	if (t.scratch == NULL)
		t.scratch = own = sl_rx_scratch_new(NULL);
	sl_spot_root(&spot, value);
	rc = sl_trial_apply(&t, NULL, schema->root, &spot, NULL, NULL, err);
	if (rc < 0)
		return rc;
	*fits = rc == SL_RX_YES;
	return SL_OK;
}
