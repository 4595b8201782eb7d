/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ref: which refs there may be, what may be done to them, and by whom.
 */
#include "policy/kinds/kinds.h"

#include "base/mem.h"
#include "policy/kinds/signed.h"

/* In the order of enum sl_ref_action, which the bits stand for. */
static const char *const action_words[] = { "create", "update", "force",
	"delete", NULL };
static const char *const object_words[] = { "commit", "tree", "blob", NULL };
static const char *const signer_words[] = { "tagger", "pusher", NULL };
#define OBJECT_BIT(index) (1U << (index))

#define MAX_NAMES 32

/* Keys of groups, and what a member of one of these may do. */
static const struct who_row {
	const char *key;
	unsigned actions;
	const char *message;
} who_rows[] = {
	{ "who", ~0U,
	    "{ref} may be pushed by members of {expected} only, not by "
	    "{found}" },
	{ "who-create", 1U << SL_REF_CREATE,
	    "{ref} may be created by members of {expected} only, not by "
	    "{found}" },
	{ "who-update", 1U << SL_REF_UPDATE,
	    "{ref} may be updated by members of {expected} only, not by "
	    "{found}" },
	{ "who-force", 1U << SL_REF_FORCE,
	    "{ref} may be rewritten by members of {expected} only, not by "
	    "{found}" },
	{ "who-delete", 1U << SL_REF_DELETE,
	    "{ref} may be deleted by members of {expected} only, not by "
	    "{found}" },
};
#define WHO_COUNT SL_COUNT(who_rows)

struct ref_rule {
	struct sl_patterns allow;
	struct sl_patterns deny;
	unsigned actions; /* 0: not asked */
	unsigned objects; /* 0: not asked */
	bool annotated;
	struct sl_signed_rule is_signed;
	bool linear;
	const struct sl_node *on; /* names of refs, or NULL */
	const struct sl_node *who[WHO_COUNT];
	struct sl_buf expected;
};

static void
ref_free(void *state)
{
	struct ref_rule *r = state;

	sl_patterns_release(&r->allow);
	sl_patterns_release(&r->deny);
	sl_buf_release(&r->expected);
	free(r);
}

/* A list of words, none of them a pattern. */
static int
read_names(struct sl_rule *rule, const char *key, const struct sl_node **out,
    struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, key);
	struct sl_str text;

	if (!node)
		return SL_OK;
	if (sl_node_kind(node) != SL_NODE_LIST || sl_node_count(node) == 0 ||
	    sl_node_count(node) > MAX_NAMES)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s must be a list of 1 to %d names", key, MAX_NAMES);
	for (size_t i = 0; i < sl_node_count(node); i++) {
		int rc = sl_node_read_text(sl_node_at(node, i), key, &text,
		    err);

		if (rc < 0)
			return rc;
	}
	*out = node;
	return SL_OK;
}

static int
read_on(struct sl_rule *rule, struct ref_rule *r, struct sl_error *err)
{
	int rc = read_names(rule, "on", &r->on, err);

	if (rc < 0 || !r->on)
		return rc;
	for (size_t i = 0; i < sl_node_count(r->on); i++) {
		const struct sl_node *name = sl_node_at(r->on, i);
		struct sl_error why = SL_ERROR_INIT;

		if (!sl_str_starts(sl_node_text(name), "refs/") ||
		    sl_ref_name_check(sl_node_text(name), &why) < 0)
			return sl_node_error(name, err, SL_ECONFIG,
			    "\"%.*s\" is not the full name of a ref, as "
			    "refs/heads/main", SL_STR_ARG(sl_node_text(name)));
	}
	return SL_OK;
}

static int
ref_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct ref_rule *r = sl_alloc(sizeof(*r));
	bool who = false;
	int rc;

	*state = r;
	sl_buf_init(&r->expected, 2000);
	rc = sl_rule_read_patterns(rule, "allow", SL_RX_FULL, &r->allow, err);
	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "deny", SL_RX_FULL, &r->deny,
		    err);
	if (rc == SL_OK)
		rc = sl_rule_read_words(rule, "actions", action_words,
		    &r->actions, err);
	if (rc == SL_OK)
		rc = sl_rule_read_words(rule, "objects", object_words,
		    &r->objects, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "annotated", &r->annotated, err);
	if (rc == SL_OK)
		rc = sl_signed_read(rule, signer_words, &r->is_signed, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "linear", &r->linear, err);
	if (rc == SL_OK)
		rc = read_on(rule, r, err);
	for (size_t i = 0; i < WHO_COUNT && rc == SL_OK; i++) {
		rc = read_names(rule, who_rows[i].key, &r->who[i], err);
		who = who || r->who[i];
	}
	if (rc < 0)
		return rc;
	if (!r->allow.count && !r->deny.count && !r->actions && !r->objects &&
	    !r->annotated && !r->is_signed.present && !r->linear && !r->on &&
	    !who)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a ref rule needs allow, deny, actions, "
		    "objects, annotated, signed, linear, on, or who may do it");
	sl_patterns_show(&r->allow, &r->expected);
	return SL_OK;
}

static int
check_name(struct sl_judge *j, const struct ref_rule *r, struct sl_str ref,
    struct sl_error *err)
{
	struct sl_rx_match match;
	struct sl_rx *rx = NULL;
	int rc;

	if (r->allow.count) {
		rc = sl_patterns_match(&r->allow, j->scratch, ref, NULL, NULL,
		    err);
		if (rc < 0)
			return rc;
		if (rc == SL_RX_NO)
			sl_judge_found(j, &(struct sl_hit){
				.found = ref,
				.expected = sl_buf_str(&r->expected),
				.message = "{ref} is not a name that this "
					   "repository takes",
				.fix = "push it under a name like {expected}",
			    });
	}
	rc = sl_patterns_match(&r->deny, j->scratch, ref, &rx, &match, err);
	if (rc == SL_RX_YES)
		sl_judge_found(j, &(struct sl_hit){
			.found = ref,
			.rx = rx,
			.match = &match,
			.message = "{ref} is a name that this repository "
				   "refuses",
			.fix = "push it under another name",
		    });
	return rc < 0 ? rc : SL_OK;
}

static void
check_objects(struct sl_judge *j, const struct ref_rule *r,
    const struct sl_ref_change *ref)
{
	static const struct {
		enum sl_object_kind kind;
		unsigned bit;
		const char *name;
	} kinds[] = {
		{ SL_OBJECT_COMMIT, OBJECT_BIT(0), "a commit" },
		{ SL_OBJECT_TREE, OBJECT_BIT(1), "a tree" },
		{ SL_OBJECT_BLOB, OBJECT_BIT(2), "a blob" },
	};

	for (size_t i = 0; i < SL_COUNT(kinds); i++)
		if (ref->tip_kind == kinds[i].kind &&
		    !(r->objects & kinds[i].bit))
			sl_judge_found(j, &(struct sl_hit){
				.found = sl_str(kinds[i].name),
				.message = "{ref} would name {found}",
				.fix = "make it name a commit",
			    });
}

static bool
tag_is_signed(const struct sl_tag *tag)
{
	return sl_tag_signature(tag->message) < tag->message.len;
}

static struct sl_str
short_name(struct sl_str ref)
{
	static const char *const heads[] = { "refs/tags/", "refs/heads/" };

	for (size_t i = 0; i < SL_COUNT(heads); i++)
		if (sl_str_starts(ref, heads[i]))
			return sl_strn(ref.ptr + strlen(heads[i]),
			    ref.len - strlen(heads[i]));
	return ref;
}

/*
 * A signature covers the tag's own name, not that of the ref: without this,
 * a signed v1.0.0 could be pushed once more as v2.0.0.
 */
static void
check_tag_name(struct sl_judge *j, struct sl_str name,
    const struct sl_tag *tag)
{
	if (!sl_str_eq(tag->name, name))
		sl_judge_found(j, &(struct sl_hit){
			.found = tag->name,
			.expected = name,
			.message = "{ref} holds a tag that is signed as "
				   "\"{found}\"",
			.fix = "git tag -f -s {expected} COMMIT",
		    });
}

static int
check_tag(struct sl_judge *j, const struct ref_rule *r,
    const struct sl_ref_change *ref, struct sl_error *err)
{
	struct sl_str name = short_name(ref->ref);
	const struct sl_signed_words words = {
		.words = signer_words,
		.missing = "{ref} carries no signature",
		.bad = "{ref}: its signature {found}",
		.other = "{ref} is signed by {found}, who is not its "
			 "{expected}",
		.fix = "git tag -f -s {expected} COMMIT",
		.expected = name,
	};

	if (!ref->tag) {
		sl_judge_found(j, &(struct sl_hit){
			.found = SL_STR("a lightweight tag"),
			.expected = name,
			.message = "{ref} is {found}: it says nothing about "
				   "who made it, when and why",
			.fix = r->is_signed.present ?
				       "git tag -f -s {expected} COMMIT" :
				       "git tag -f -a {expected} COMMIT",
		    });
		return SL_OK;
	}
	if (r->is_signed.verified)
		check_tag_name(j, name, ref->tag);
	return sl_signed_check(j, &r->is_signed, &(struct sl_signed_object){
		.oid = &ref->tag->oid,
		.has_signature = tag_is_signed(ref->tag),
		.email = ref->tag->tagger.email,
		.made = { ref->tag->tagger.email },
	    }, &words, err);
}

static void
check_linear(struct sl_judge *j, const struct sl_ref_change *ref)
{
	for (size_t i = 0; i < ref->commit_count; i++) {
		const struct sl_commit *commit =
		    &j->set->commits[ref->commits[i]];
		char hex[SL_OID_HEX + 1];

		if (commit->parent_count < 2 || commit->folded)
			continue;
		sl_oid_hex(&commit->oid, hex);
		sl_judge_found(j, &(struct sl_hit){
			.found = sl_strn(hex, 12),
			.message = "{found} is a merge; {ref} has a linear "
				   "history",
			.fix = "git rebase onto the branch instead of merging "
			       "it",
		    });
	}
}

/* The commit that a ref names once this push is through. */
static int
tip_after_push(const struct sl_judge *j, struct sl_str name,
    struct sl_oid *tip, struct sl_error *err)
{
	for (size_t i = 0; i < j->set->ref_count; i++) {
		const struct sl_ref_change *ref = &j->set->refs[i];

		if (!sl_str_eq(ref->ref, name))
			continue;
		if (ref->action == SL_REF_DELETE)
			return sl_error_set(err, SL_ENOTFOUND, "deleted");
		*tip = ref->tip;
		return SL_OK;
	}
	if (!j->source->ref_tip)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "refs cannot be looked up here");
	return j->source->ref_tip(j->source->self, name, tip, err);
}

static int
check_on(struct sl_judge *j, const struct ref_rule *r,
    const struct sl_ref_change *ref, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf names = SL_BUF_INIT(4000);

	for (size_t i = 0; i < sl_node_count(r->on); i++) {
		struct sl_str name = sl_node_text(sl_node_at(r->on, i));
		struct sl_oid tip;
		bool yes = false;
		int rc = tip_after_push(j, name, &tip, err);

		sl_buf_adds(&names, i ? " or " : "");
		sl_buf_addv(&names, short_name(name));
		if (rc == SL_ENOTFOUND)
			continue;
		if (rc == SL_OK && !j->source->is_ancestor)
			rc = sl_error_set(err, SL_EUNSUPPORTED,
			    "ancestry cannot be looked up here");
		if (rc == SL_OK)
			rc = j->source->is_ancestor(j->source->self, &ref->tip,
			    &tip, &yes, err);
		if (rc < 0 || yes)
			return rc;
	}
	sl_judge_found(j, &(struct sl_hit){
		.expected = sl_buf_str(&names),
		.message = "{ref} is not on {expected}",
		.fix = "merge its commit into {expected} first, or make it at "
		       "a commit that is there",
	    });
	return SL_OK;
}

static void
check_who(struct sl_judge *j, const struct sl_node *who, const char *message)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf names = SL_BUF_INIT(2000);

	if (j->pusher.state == SL_PUSHER_ELSEWHERE) {
		sl_judge_deferred(j, "only the server knows who pushes");
		return;
	}
	for (size_t i = 0; i < sl_node_count(who); i++) {
		struct sl_str group = sl_node_text(sl_node_at(who, i));

		for (size_t k = 0; k < j->pusher.group_count; k++)
			if (j->pusher.state == SL_PUSHER_KNOWN &&
			    sl_str_eq(group, j->pusher.groups[k]))
				return;
		sl_buf_adds(&names, i ? ", " : "");
		sl_buf_addv(&names, group);
	}
	sl_judge_found(j, &(struct sl_hit){
		.found = j->pusher.state == SL_PUSHER_KNOWN ?
			     j->pusher.person :
			     SL_STR("a person that the site does not know"),
		.expected = sl_buf_str(&names),
		.message = message,
		.fix = "ask a member of {expected} to do it",
	    });
}

static int
ref_ref(struct sl_judge *j, void *state, const struct sl_ref_change *ref,
    struct sl_error *err)
{
	const struct ref_rule *r = state;
	int rc;

	if (r->actions && !(r->actions & 1U << ref->action))
		sl_judge_found(j, &(struct sl_hit){
			.found = sl_str(sl_ref_action_name(ref->action)),
			.message = "{ref} may not be changed in this way: "
				   "{found}",
		    });
	for (size_t i = 0; i < WHO_COUNT; i++)
		if (r->who[i] && (who_rows[i].actions & 1U << ref->action))
			check_who(j, r->who[i], who_rows[i].message);
	/* A bad name can always be deleted. */
	if (ref->action == SL_REF_DELETE)
		return SL_OK;
	rc = check_name(j, r, ref->ref, err);
	if (rc < 0)
		return rc;
	if (r->objects)
		check_objects(j, r, ref);
	if (r->annotated || r->is_signed.present) {
		rc = check_tag(j, r, ref, err);
		if (rc < 0)
			return rc;
	}
	if (r->linear && j->set)
		check_linear(j, ref);
	if (r->on && j->set && ref->tip_kind == SL_OBJECT_COMMIT)
		return check_on(j, r, ref, err);
	return SL_OK;
}

static const struct sl_key ref_keys[] = {
	{ .name = "allow", .tighten = SL_TIGHTEN_DROP },
	{ .name = "deny", .tighten = SL_TIGHTEN_ADD },
	{ .name = "actions", .tighten = SL_TIGHTEN_DROP },
	{ .name = "objects", .tighten = SL_TIGHTEN_DROP },
	{ .name = "annotated", .tighten = SL_TIGHTEN_ORDER,
	    .order = "false < true" },
	{ .name = "signed", .tighten = SL_TIGHTEN_ORDER,
	    .order = "false < true < verified" },
	{ .name = "signer", .tighten = SL_TIGHTEN_ADD },
	{ .name = "linear", .tighten = SL_TIGHTEN_ORDER,
	    .order = "false < true" },
	{ .name = "on", .tighten = SL_TIGHTEN_DROP },
	{ .name = "who", .tighten = SL_TIGHTEN_DROP },
	{ .name = "who-create", .tighten = SL_TIGHTEN_DROP },
	{ .name = "who-update", .tighten = SL_TIGHTEN_DROP },
	{ .name = "who-force", .tighten = SL_TIGHTEN_DROP },
	{ .name = "who-delete", .tighten = SL_TIGHTEN_DROP },
	{ .name = NULL },
};

const struct sl_rule_kind sl_kind_ref = {
	.name = "ref",
	.brief = "names of refs, what may be done to them, and by whom",
	.keys = ref_keys,
	.parse = ref_parse,
	.free = ref_free,
	.ref = ref_ref,
};
