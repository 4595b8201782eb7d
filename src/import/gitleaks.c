/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gitleaks.toml, and betterleaks's, which has the same base and filters of its
 * own on top.
 */
#include "base/mem.h"
#include "base/num.h"
#include "import/import_int.h"

/* Patterns of sluice have 8192 bytes; stop words become some of this size. */
#define STOPWORDS_PATTERN 4000
/* What a content rule takes. */
#define MAX_KEYWORDS 100
#define MIN_KEYWORD 3
#define MAX_KEYWORD 64

#define PREFIX "gitleaks/"

/* Where a pattern of an allow list is looked for. */
enum target { TARGET_SECRET, TARGET_MATCH, TARGET_LINE, TARGET_COUNT };

static const char *const target_keys[] = { "allow", "allow-match",
	"allow-line" };

/* What lets a finding through. */
struct pass {
	struct sl_items allow[TARGET_COUNT];
	struct sl_items except;
};

static void
pass_release(struct pass *p)
{
	for (size_t i = 0; i < TARGET_COUNT; i++)
		sl_items_release(&p->allow[i]);
	sl_items_release(&p->except);
}

/* The same of all rules. */
struct common {
	struct sl_shared allow[TARGET_COUNT];
	struct sl_shared except;
};

/* One rule on its way. */
struct leak {
	struct sl_importer *im;
	const struct sl_node *root;
	const struct sl_node *node; /* NULL: what is said of all rules */
	struct common *common;
	struct sl_str id;
	struct pass pass;
	/* An allow list of paths and something else: in these paths only, it
	 * lets through what it lists, by a second rule. */
	struct sl_items only; /* patterns of paths */
	struct pass there;
};

static const struct sl_re2 drop_groups = { SL_RE2_DROP, 0, NULL };

static struct sl_str
text_of(const struct sl_node *map, const char *key)
{
	const struct sl_node *node = sl_node_get(map, key);

	return node && sl_node_kind(node) == SL_NODE_SCALAR ?
	    sl_node_text(node) : SL_STR("");
}

/* Every text of a list, or one text. */
static size_t
count_of(const struct sl_node *node)
{
	if (!node)
		return 0;
	return sl_node_kind(node) == SL_NODE_LIST ? sl_node_count(node) : 1;
}

static const struct sl_node *
item_of(const struct sl_node *node, size_t i)
{
	return sl_node_kind(node) == SL_NODE_LIST ? sl_node_at(node, i) : node;
}

/* --- lists of patterns --- */

static void
add_patterns(struct leak *l, const struct sl_node *list, const char *before,
    const char *after, struct sl_items *items)
{
	for (size_t i = 0; i < count_of(list); i++) {
		SL_CLEANUP(sl_buf_release) struct sl_buf pattern =
		    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);
		const struct sl_node *one = item_of(list, i);

		if (items->count == SL_IMPORT_MAX_PATTERNS) {
			sl_import_note(l->im, one, l->id, "a list has more "
			    "than %d patterns; the rest is left out",
			    SL_IMPORT_MAX_PATTERNS);
			return;
		}
		if (sl_import_pattern(l->im, l->id, one, &drop_groups, before,
			after, &pattern))
			sl_items_add(items, sl_buf_str(&pattern));
	}
}

/* Paths are matched whole in sluice, and searched in gitleaks. */
static void
add_paths(struct leak *l, const struct sl_node *list, struct sl_items *items)
{
	add_patterns(l, list, ".*(?:", ").*", items);
}

static void
end_stopwords(struct sl_buf *pattern, struct sl_items *items)
{
	if (pattern->len) {
		sl_buf_addc(pattern, ')');
		sl_items_add(items, sl_buf_str(pattern));
	}
	sl_buf_clear(pattern);
}

/* Words in any case, as few patterns as possible. */
static void
add_stopwords(const struct sl_node *list, struct sl_items *items)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf pattern =
	    SL_BUF_INIT(SL_IMPORT_MAX_POLICY);

	for (size_t i = 0; i < count_of(list); i++) {
		const struct sl_node *one = item_of(list, i);

		if (sl_node_kind(one) != SL_NODE_SCALAR ||
		    sl_node_text(one).len == 0 ||
		    sl_node_text(one).len > STOPWORDS_PATTERN / 4)
			continue;
		if (pattern.len > STOPWORDS_PATTERN)
			end_stopwords(&pattern, items);
		sl_buf_adds(&pattern, pattern.len ? "|" : "(?i)(?:");
		sl_re2_literal(sl_node_text(one), &pattern);
	}
	end_stopwords(&pattern, items);
}

/* --- allow lists --- */

/* What an allow list has, as it was written. */
struct allowlist {
	const struct sl_node *node;
	const struct sl_node *paths;
	const struct sl_node *regexes;
	const struct sl_node *stopwords;
	const struct sl_node *commits;
	enum target target;
	bool and;
};

static bool
is_word(struct sl_str text, const char *upper, const char *lower)
{
	return sl_str_eqs(text, upper) || sl_str_eqs(text, lower);
}

static void
read_allowlist(const struct sl_node *node, struct allowlist *out)
{
	struct sl_str target = text_of(node, "regexTarget");
	struct sl_str condition = text_of(node, "condition");

	*out = (struct allowlist){
		.node = node,
		.paths = sl_node_get(node, "paths"),
		.regexes = sl_node_get(node, "regexes"),
		.stopwords = sl_node_get(node, "stopwords"),
		.commits = sl_node_get(node, "commits"),
		.target = sl_str_eqs(target, "match") ? TARGET_MATCH :
		    sl_str_eqs(target, "line")	      ? TARGET_LINE :
							TARGET_SECRET,
		.and = is_word(condition, "AND", "and") ||
		    sl_str_eqs(condition, "&&"),
	};
	if (!out->stopwords)
		out->stopwords = sl_node_get(node, "stopWords");
}

/* Regexes or stop words, either of which is enough. */
static void
add_either(struct leak *l, const struct allowlist *a, struct pass *pass)
{
	add_patterns(l, a->regexes, "", "", &pass->allow[a->target]);
	add_stopwords(a->stopwords, &pass->allow[TARGET_SECRET]);
}

/* All items of a list as one pattern's alternatives. */
static void
join(const struct sl_node *list, struct leak *l, struct sl_buf *out)
{
	size_t joined = 0;

	for (size_t i = 0; i < count_of(list); i++) {
		SL_CLEANUP(sl_buf_release) struct sl_buf one =
		    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);

		if (!sl_import_pattern(l->im, l->id, item_of(list, i),
			&drop_groups, "(?:", ")", &one))
			continue;
		sl_buf_adds(out, joined++ ? "|" : "");
		sl_buf_addv(out, sl_buf_str(&one));
	}
}

/* Regexes and stop words that must both be there, in what was found. */
static void
add_both(struct leak *l, const struct allowlist *a, struct pass *pass)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf regexes =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN / 2);
	SL_CLEANUP(sl_buf_release) struct sl_buf pattern =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN);

	join(a->regexes, l, &regexes);
	sl_buf_addf(&pattern, "\\A(?=[\\s\\S]*?(?:%s))(?=[\\s\\S]*?(?i:",
	    sl_buf_cstr(&regexes));
	for (size_t i = 0; i < count_of(a->stopwords); i++) {
		sl_buf_adds(&pattern, i ? "|" : "");
		sl_re2_literal(sl_node_text(item_of(a->stopwords, i)),
		    &pattern);
	}
	sl_buf_adds(&pattern, "))");
	if (a->target != TARGET_SECRET || regexes.len == 0 || regexes.over ||
	    pattern.over)
		sl_import_note(l->im, a->node, l->id, "an allow list that "
		    "asks for a pattern and a stop word together is left out");
	else
		sl_items_add(&pass->allow[TARGET_SECRET],
		    sl_buf_str(&pattern));
}

static void
add_contents(struct leak *l, const struct allowlist *a, struct pass *pass)
{
	if (a->and && count_of(a->regexes) && count_of(a->stopwords))
		add_both(l, a, pass);
	else
		add_either(l, a, pass);
}

static void
add_allowlist(struct leak *l, const struct sl_node *node)
{
	bool contents, paths;
	struct allowlist a;

	read_allowlist(node, &a);
	contents = count_of(a.regexes) || count_of(a.stopwords);
	paths = count_of(a.paths) > 0;
	if (count_of(a.commits))
		sl_import_note(l->im, a.commits, l->id, a.and ?
		    "an allow list that also asks for commits is left out: a "
		    "policy knows no commits" :
		    "commits of an allow list are left out: a policy knows no "
		    "commits; see waivers and baselines");
	if (count_of(a.commits) && a.and)
		return;
	if (!a.and || !paths || !contents) {
		add_paths(l, a.paths, &l->pass.except);
		add_contents(l, &a, &l->pass);
		return;
	}
	if (l->only.count || !l->node) {
		sl_import_note(l->im, a.node, l->id, l->node ?
		    "a second allow list that asks for paths and contents "
		    "together is left out" :
		    "an allow list of all rules that asks for paths and "
		    "contents together is left out");
		return;
	}
	add_paths(l, a.paths, &l->only);
	add_contents(l, &a, &l->there);
}

static void
add_allowlists(struct leak *l, const struct sl_node *map)
{
	static const char *const keys[] = { "allowlist", "allowlists",
		"allowList", NULL };

	for (size_t k = 0; keys[k]; k++) {
		const struct sl_node *lists = sl_node_get(map, keys[k]);

		for (size_t i = 0; i < count_of(lists); i++)
			add_allowlist(l, item_of(lists, i));
	}
}

static bool
names_rule(const struct sl_node *targets, struct sl_str id)
{
	for (size_t i = 0; i < count_of(targets); i++)
		if (sl_str_eq(sl_node_text(item_of(targets, i)), id))
			return true;
	return false;
}

/* Those of the whole file: with `targetRules` they are those rules' own. */
static void
add_global(struct leak *l, bool targeted)
{
	static const char *const keys[] = { "allowlist", "allowlists", NULL };

	for (size_t k = 0; keys[k]; k++) {
		const struct sl_node *lists = sl_node_get(l->root, keys[k]);

		for (size_t i = 0; i < count_of(lists); i++) {
			const struct sl_node *one = item_of(lists, i);
			const struct sl_node *targets =
			    sl_node_get(one, "targetRules");

			if (targeted ? names_rule(targets, l->id) :
				       count_of(targets) == 0)
				add_allowlist(l, one);
		}
	}
}

/* --- what a rule says --- */

static void
put_keywords(struct leak *l)
{
	SL_CLEANUP(sl_items_release) struct sl_items items = { 0 };
	const struct sl_node *list = sl_node_get(l->node, "keywords");

	for (size_t i = 0; i < count_of(list); i++) {
		struct sl_str word = sl_node_text(item_of(list, i));

		if (word.len < MIN_KEYWORD || word.len > MAX_KEYWORD ||
		    count_of(list) > MAX_KEYWORDS) {
			sl_import_note(l->im, list, l->id, "its keywords are "
			    "left out, so every file is searched: they must "
			    "be at most %d, of %d to %d bytes", MAX_KEYWORDS,
			    MIN_KEYWORD, MAX_KEYWORD);
			return;
		}
		sl_items_add(&items, word);
	}
	sl_import_put_items(l->im, "keywords", &items, NULL);
}

/* A number of bits, to hundredths, rounded down: it then finds more. */
static void
put_entropy(struct leak *l)
{
	const struct sl_node *node = sl_node_get(l->node, "entropy");
	struct sl_str text = text_of(l->node, "entropy");
	size_t len = text.len < 4 ? text.len : 4;

	while (len > 1 && strchr(".0", text.ptr[len - 1]) &&
	    memchr(text.ptr, '.', len))
		len--;
	if (len == 0 || (len == 1 && text.ptr[0] == '0'))
		return;
	if (text.ptr[0] < '0' || text.ptr[0] > '7' ||
	    (len > 1 && text.ptr[1] != '.') ||
	    memchr(text.ptr, 'e', text.len)) {
		sl_import_note(l->im, node, l->id, "its entropy is left out: "
		    "it must be from 0 to 8 bits");
		return;
	}
	sl_buf_addf(&l->im->body, "    entropy: %.*s\n", (int)len, text.ptr);
}

static void
put_pass(struct leak *l, const struct pass *pass, const struct pass *more)
{
	for (size_t i = 0; i < TARGET_COUNT; i++) {
		SL_CLEANUP(sl_items_release) struct sl_items both = { 0 };

		for (size_t k = 0; k < pass->allow[i].count; k++)
			sl_items_add(&both, sl_str(pass->allow[i].texts[k]));
		for (size_t k = 0; more && k < more->allow[i].count; k++)
			sl_items_add(&both, sl_str(more->allow[i].texts[k]));
		sl_import_put_items(l->im, target_keys[i], &both,
		    &l->common->allow[i]);
	}
}

/* What was found: by the number of a group, or the first that has something.
 * @return whether there is a pattern */
static bool
make_match(struct leak *l, const struct sl_node *regex, struct sl_buf *out)
{
	uint64_t number = 0;
	bool numbered = sl_num_parse(text_of(l->node, "secretGroup"), 1000,
		&number) == SL_OK && number;
	struct sl_re2 how = { numbered ? SL_RE2_NUMBER : SL_RE2_FIRST, number,
		NULL };
	SL_CLEANUP(sl_buf_release) struct sl_buf probe =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);

	if (how.groups == SL_RE2_FIRST &&
	    sl_re2_convert(sl_node_text(regex), &how, &probe, NULL) < 0) {
		sl_buf_clear(&probe);
		if (sl_re2_convert(sl_node_text(regex), &drop_groups, &probe,
			NULL) == SL_OK) {
			how = drop_groups;
			sl_import_note(l->im, regex, l->id, "it has more "
			    "groups than sluice keeps: all that it matches "
			    "counts as what was found");
		}
	}
	return sl_import_pattern(l->im, l->id, regex, &how, "", "", out);
}

/* The paths that a rule is about; there: of these, those of the second. */
static void
put_files(struct leak *l, struct sl_str path, bool there)
{
	SL_CLEANUP(sl_items_release) struct sl_items files = { 0 };

	if (!there && path.len)
		sl_items_add(&files, path);
	for (size_t i = 0; there && i < l->only.count; i++) {
		SL_CLEANUP(sl_buf_release) struct sl_buf both =
		    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);

		if (path.len)
			sl_buf_addf(&both, "(?=(?:%.*s)$)", SL_STR_ARG(path));
		sl_buf_adds(&both, l->only.texts[i]);
		sl_items_add(&files, sl_buf_str(&both));
	}
	sl_import_put_items(l->im, "files", &files, NULL);
}

static void
put_except(struct leak *l, bool there)
{
	SL_CLEANUP(sl_items_release) struct sl_items except = { 0 };

	for (size_t i = 0; i < l->pass.except.count; i++)
		sl_items_add(&except, sl_str(l->pass.except.texts[i]));
	for (size_t i = 0; !there && i < l->only.count; i++)
		sl_items_add(&except, sl_str(l->only.texts[i]));
	sl_import_put_items(l->im, "except", &except, &l->common->except);
}

static void
put_description(struct leak *l)
{
	struct sl_str text = text_of(l->node, "description");

	if (text.len)
		sl_import_put(l->im, "description", text);
}

static void
put_content(struct leak *l, struct sl_str path, struct sl_str match,
    bool there)
{
	sl_import_begin(l->im, PREFIX, l->id, "content");
	put_description(l);
	put_files(l, path, there);
	put_except(l, there);
	sl_import_put(l->im, "match", match);
	put_keywords(l);
	put_pass(l, &l->pass, there ? &l->there : NULL);
	put_entropy(l);
	sl_buf_adds(&l->im->body, "    secret: true\n");
}

static void
put_path(struct leak *l, struct sl_str path)
{
	sl_import_begin(l->im, PREFIX, l->id, "path");
	put_description(l);
	sl_import_put(l->im, "deny", path);
	put_except(l, false);
}

/* --- rules --- */

static void
note_unknown(struct leak *l, const struct sl_node *map,
    const char *const *known, const char *what)
{
	for (size_t i = 0; i < sl_node_count(map); i++) {
		const struct sl_node *key = sl_node_key(map, i);
		bool found = false;

		for (size_t k = 0; known[k] && !found; k++)
			found = sl_str_eqs(sl_node_text(key), known[k]);
		if (!found)
			sl_import_note(l->im, key, l->id,
			    "%s\"%.*s\" is left out", what,
			    SL_STR_ARG(sl_node_text(key)));
	}
}

static void
read_rule(struct leak *l)
{
	static const char *const known[] = { "id", "description", "regex",
		"path", "secretGroup", "entropy", "keywords", "allowlist",
		"allowList", "allowlists", "tags", "required", "skipReport",
		NULL };
	const struct sl_node *regex = sl_node_get(l->node, "regex");
	const struct sl_node *where = sl_node_get(l->node, "path");
	const struct sl_node *required = sl_node_get(l->node, "required");
	SL_CLEANUP(sl_buf_release) struct sl_buf path =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);
	SL_CLEANUP(sl_buf_release) struct sl_buf match =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);

	if (sl_str_eqs(text_of(l->node, "skipReport"), "true")) {
		sl_import_note(l->im, l->node, l->id, "left out: it reports "
		    "nothing itself");
		return;
	}
	note_unknown(l, l->node, known, "");
	if (!regex && !where) {
		sl_import_note(l->im, l->node, l->id, "left out: it has no "
		    "regex, and changes a rule that is not in this file");
		return;
	}
	if (where && !sl_import_pattern(l->im, l->id, where, &drop_groups,
			 ".*(?:", ").*", &path))
		return;
	if (regex && !make_match(l, regex, &match))
		return;
	if (required)
		sl_import_note(l->im, required, l->id, "what it requires "
		    "nearby is left out: it finds more");
	add_allowlists(l, l->node);
	add_global(l, true);
	if (!regex) {
		put_path(l, sl_buf_str(&path));
		return;
	}
	put_content(l, sl_buf_str(&path), sl_buf_str(&match), false);
	if (l->only.count)
		put_content(l, sl_buf_str(&path), sl_buf_str(&match), true);
}

static void
leak_release(struct leak *l)
{
	pass_release(&l->pass);
	pass_release(&l->there);
	sl_items_release(&l->only);
}

/* What is said of all rules, so that each can refer to it. */
static void
read_common(struct sl_importer *im, const struct sl_node *root,
    struct common *common)
{
	static const char *const anchors[] = { "allowed", "allowed-matches",
		"allowed-lines" };
	struct leak all = { .im = im, .root = root, .common = common };

	add_global(&all, false);
	for (size_t i = 0; i < TARGET_COUNT; i++) {
		common->allow[i].items = all.pass.allow[i];
		common->allow[i].anchor = anchors[i];
	}
	common->except.items = all.pass.except;
	common->except.anchor = "skipped";
	all.pass = (struct pass){ 0 };
	leak_release(&all);
}

static void
common_release(struct common *common)
{
	for (size_t i = 0; i < TARGET_COUNT; i++)
		sl_items_release(&common->allow[i].items);
	sl_items_release(&common->except.items);
}

static void
note_file(struct sl_importer *im, const struct sl_node *root)
{
	static const char *const known[] = { "title", "description", "extend",
		"rules", "allowlist", "allowlists", "minVersion",
		"betterleaksMinVersion", NULL };
	const struct sl_node *extend = sl_node_get(root, "extend");
	struct leak all = { .im = im, .root = root };

	note_unknown(&all, root, known, "");
	for (size_t i = 0; extend && i < sl_node_count(extend); i++)
		sl_import_note(im, sl_node_key(extend, i), SL_STR(""),
		    "extend.%.*s is left out: import that file too, and leave "
		    "out of it what is not wanted",
		    SL_STR_ARG(sl_node_text(sl_node_key(extend, i))));
}

int
sl_import_gitleaks(struct sl_importer *im, const struct sl_node *root,
    struct sl_error *err)
{
	SL_CLEANUP(common_release) struct common common = { 0 };
	const struct sl_node *rules = sl_node_get(root, "rules");
	bool tags = false;

	if (rules && (sl_node_kind(rules) != SL_NODE_LIST))
		return sl_node_error(rules, err, SL_EINVAL,
		    "rules must be tables, each [[rules]]");
	note_file(im, root);
	read_common(im, root, &common);
	for (size_t i = 0; rules && i < sl_node_count(rules); i++) {
		const struct sl_node *node = sl_node_at(rules, i);
		struct leak l = { .im = im, .root = root, .node = node,
			.id = text_of(node, "id"), .common = &common };

		read_rule(&l);
		leak_release(&l);
		if (!tags && sl_node_get(node, "tags"))
			sl_import_note(im, sl_node_get(node, "tags"),
			    SL_STR(""), "tags of rules are left out");
		tags |= sl_node_get(node, "tags") != NULL;
	}
	return SL_OK;
}
