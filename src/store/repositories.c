/* SPDX-License-Identifier: Apache-2.0 */
#include "store/repositories.h"

#include "base/map.h"
#include "base/mem.h"
#include "store/store_int.h"

static const struct sl_field repository_fields[] = {
	FIELD_TEXT(struct sl_repository, id),
	FIELD_TEXT(struct sl_repository, path),
	FIELD_INT(struct sl_repository, first_seen_s),
	FIELD_INT(struct sl_repository, baseline_at_s),
};

static const struct sl_row_type repository_rows =
    ROW_TYPE(struct sl_repository, repository_fields);

void
sl_repositories_release(struct sl_repositories *list)
{
	sl_rows_free(&repository_rows, list->items, list->count);
	*list = (struct sl_repositories)SL_REPOSITORIES_INIT;
}

int
sl_repository_put(struct sl_store *store, const char *id, const char *path,
    int64_t now_s, struct sl_error *err)
{
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	int64_t known = 0;
	int rc;

	/* The usual case needs no write, and no lock. */
	rc = sl_sql_number(store,
	    "SELECT 1 FROM repositories WHERE id = ?1 AND path = ?2",
	    VALUES(V_TEXT(id), V_TEXT(path)), &known, err);
	if (rc < 0 || known)
		return rc < 0 ? rc : SL_OK;
	rc = sl_tx_begin(&tx, store, err);
	if (rc < 0)
		return rc;
	rc = sl_sql_run(store,
	    "INSERT INTO repositories(id, path, first_seen_s)"
	    " VALUES(?1, ?2, ?3)"
	    " ON CONFLICT(id) DO UPDATE SET path = excluded.path",
	    VALUES(V_TEXT(id), V_TEXT(path), V_INT(now_s)), err);
	return rc < 0 ? rc : sl_tx_commit(&tx, err);
}

int
sl_repository_list(struct sl_store *store, struct sl_repositories *list,
    struct sl_error *err)
{
	return sl_sql_rows(store, &repository_rows,
	    "SELECT id, path, first_seen_s, baseline_at_s FROM repositories"
	    " ORDER BY id", NO_VALUES, &list->items, &list->count, err);
}

/* --- claims --- */

struct claim {
	const char *kind;  /* as stored */
	const char *shown; /* in messages */
	const char *name;
};

/* Whether a name is free or the repository's own. */
static int
check_claim(struct sl_store *store, const struct claim *claim,
    const char *repository, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *owner = NULL;
	int rc = sl_sql_text(store,
	    "SELECT r.path FROM claims c JOIN repositories r"
	    " ON r.id = c.repository"
	    " WHERE c.kind = ?1 AND c.name = ?2 AND c.repository <> ?3",
	    VALUES(V_TEXT(claim->kind), V_TEXT(claim->name),
		V_TEXT(repository)), &owner, err);

	if (rc <= 0)
		return rc;
	return sl_error_set(err, SL_EREFUSED, "%s \"%s\" belongs to the "
	    "repository %s; choose another", claim->shown, claim->name, owner);
}

int
sl_claims_check(struct sl_store *store, const char *project,
    const char *use_case, const char *repository, struct sl_error *err)
{
	const struct claim claims[] = {
		{ "project", "project id", project },
		{ "use-case", "use case", use_case },
	};

	for (size_t i = 0; i < SL_COUNT(claims); i++) {
		int rc = check_claim(store, &claims[i], repository, err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

int
sl_claims_take(struct sl_store *store, const char *project,
    const char *use_case, const char *repository, int64_t now_s,
    struct sl_error *err)
{
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	int rc = sl_tx_begin(&tx, store, err);

	if (rc < 0)
		return rc;
	rc = sl_claims_check(store, project, use_case, repository, err);
	if (rc < 0)
		return rc;
	rc = sl_sql_run(store,
	    "INSERT INTO claims(kind, name, repository, claimed_at_s)"
	    " VALUES('project', ?1, ?3, ?4), ('use-case', ?2, ?3, ?4)"
	    " ON CONFLICT(kind, name) DO NOTHING",
	    VALUES(V_TEXT(project), V_TEXT(use_case), V_TEXT(repository),
		V_INT(now_s)), err);
	return rc < 0 ? rc : sl_tx_commit(&tx, err);
}

/* --- last values of refs --- */

int
sl_refs_baseline(struct sl_store *store, const char *repository,
    const struct sl_ref_value *refs, size_t count, int64_t now_s,
    struct sl_error *err)
{
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	SL_CLEANUP(sl_stmt_freep) sqlite3_stmt *stmt = NULL;
	size_t changed = 0;
	int rc = sl_tx_begin(&tx, store, err);

	if (rc < 0)
		return rc;
	rc = sl_sql_change(store,
	    "UPDATE repositories SET baseline_at_s = max(1, ?2) WHERE id = ?1",
	    VALUES(V_TEXT(repository), V_INT(now_s)), &changed, err);
	if (rc < 0)
		return rc;
	if (changed == 0)
		return sl_error_set(err, SL_ENOTFOUND,
		    "repository \"%s\" is not known to %s", repository,
		    store->path);
	rc = sl_stmt_new(store,
	    "INSERT INTO ref_values(repository, ref, last_oid, updated_at_s)"
	    " VALUES(?1, ?2, ?3, ?4) ON CONFLICT(repository, ref) DO NOTHING",
	    &stmt, err);
	for (size_t i = 0; i < count && rc >= 0; i++) {
		rc = sl_stmt_bind(store, stmt, VALUES(V_TEXT(repository),
		    V_TEXT(refs[i].ref), V_OID(&refs[i].oid), V_INT(now_s)),
		    err);
		if (rc >= 0)
			rc = sl_stmt_step(store, stmt, err);
	}
	if (rc < 0)
		return rc;
	sl_stmt_freep(&stmt);
	return sl_tx_commit(&tx, err);
}

/* A ref's last value; the first fields of struct sl_missed_ref as well. */
struct last_value {
	const char *ref;
	struct sl_oid oid;
	bool seen;
};

static const struct sl_field last_value_fields[] = {
	FIELD_TEXT(struct last_value, ref),
	FIELD_OID(struct last_value, oid),
};

static const struct sl_row_type last_value_rows =
    ROW_TYPE(struct last_value, last_value_fields);

static const struct sl_field missed_fields[] = {
	FIELD_TEXT(struct sl_missed_ref, ref),
	FIELD_OID(struct sl_missed_ref, old_oid),
	FIELD_OID(struct sl_missed_ref, new_oid),
	FIELD_TEXT(struct sl_missed_ref, verdict_id),
	FIELD_TEXT(struct sl_missed_ref, options),
	FIELD_TEXT(struct sl_missed_ref, pusher),
};

static const struct sl_row_type missed_rows =
    ROW_TYPE(struct sl_missed_ref, missed_fields);

void
sl_missed_refs_release(struct sl_missed_refs *list)
{
	sl_rows_free(&missed_rows, list->items, list->count);
	*list = (struct sl_missed_refs)SL_MISSED_REFS_INIT;
}

struct last_values {
	struct last_value *items;
	size_t count;
};

static void
last_values_release(struct last_values *list)
{
	sl_rows_free(&last_value_rows, list->items, list->count);
}

/* Add the change of one ref, as pre-receive saw it where it did. */
static int
add_missed(struct sl_store *store, const char *repository, const char *ref,
    const struct sl_oid *old_oid, const struct sl_oid *new_oid,
    struct sl_missed_refs *list, size_t *room, struct sl_error *err)
{
	struct sl_missed_ref *found = NULL;
	size_t count = 0;
	int rc = sl_sql_rows(store, &missed_rows,
	    "SELECT i.ref, i.old_oid, i.new_oid, i.verdict_id, i.options,"
	    " v.pusher FROM intentions i"
	    " JOIN verdicts v ON v.id = i.verdict_id"
	    " WHERE i.repository = ?1 AND i.ref = ?2 AND i.new_oid = ?3"
	    " AND i.state = 'pending' ORDER BY i.id DESC LIMIT 1",
	    VALUES(V_TEXT(repository), V_TEXT(ref), V_OID(new_oid)), &found,
	    &count, err);

	if (rc < 0)
		return rc;
	SL_GROW(list->items, list->count, *room);
	if (count > 0)
		list->items[list->count] = found[0];
	else
		list->items[list->count] = (struct sl_missed_ref){
			sl_strdup(ref), *old_oid, *new_oid, sl_strdup(""),
			sl_strdup("[]"), sl_strdup("")
		};
	list->count++;
	free(found);
	return SL_OK;
}

static int
find_changed(struct sl_store *store, const char *repository,
    const struct sl_map *known, const struct sl_ref_value *refs, size_t count,
    struct sl_missed_refs *list, size_t *room, struct sl_error *err)
{
	static const struct sl_oid none;

	for (size_t i = 0; i < count; i++) {
		struct last_value *last = sl_map_get(known,
		    sl_str(refs[i].ref));
		int rc;

		if (last != NULL)
			last->seen = true;
		if (last != NULL && sl_oid_eq(&last->oid, &refs[i].oid))
			continue;
		rc = add_missed(store, repository, refs[i].ref,
		    last != NULL ? &last->oid : &none, &refs[i].oid, list,
		    room, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

static int
find_gone(struct sl_store *store, const char *repository,
    const struct last_values *last, struct sl_missed_refs *list, size_t *room,
    struct sl_error *err)
{
	static const struct sl_oid none;
	size_t alive = 0, gone = 0;

	for (size_t i = 0; i < last->count; i++) {
		if (sl_oid_is_zero(&last->items[i].oid))
			continue;
		alive++;
		gone += !last->items[i].seen;
	}
	if (gone >= SL_MISSED_GONE_MIN && gone > alive / 2)
		return sl_error_set(err, SL_EREFUSED, "%zu of %zu refs of "
		    "repository \"%s\" are gone: the list of refs looks wrong, "
		    "so nothing is done", gone, alive, repository);
	for (size_t i = 0; i < last->count && gone > 0; i++) {
		const struct last_value *v = &last->items[i];
		int rc;

		if (v->seen || sl_oid_is_zero(&v->oid))
			continue;
		rc = add_missed(store, repository, v->ref, &v->oid, &none,
		    list, room, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

static int
missed_order(const void *a, const void *b)
{
	const struct sl_missed_ref *x = a, *y = b;
	int gone = sl_oid_is_zero(&x->new_oid) - sl_oid_is_zero(&y->new_oid);

	return gone != 0 ? gone : strcmp(x->ref, y->ref);
}

int
sl_refs_missed(struct sl_store *store, const char *repository,
    const struct sl_ref_value *refs, size_t count,
    struct sl_missed_refs *list, struct sl_error *err)
{
	SL_CLEANUP(last_values_release) struct last_values last = { NULL, 0 };
	SL_CLEANUP(sl_map_release) struct sl_map known = SL_MAP_INIT;
	SL_CLEANUP(sl_missed_refs_release)
	struct sl_missed_refs found = SL_MISSED_REFS_INIT;
	int64_t baseline = 0;
	size_t room = 0;
	int rc;

	rc = sl_sql_number(store,
	    "SELECT baseline_at_s FROM repositories WHERE id = ?1",
	    VALUES(V_TEXT(repository)), &baseline, err);
	if (rc < 0)
		return rc;
	if (baseline == 0)
		return sl_error_set(err, SL_EREFUSED, "repository \"%s\" has "
		    "no baseline: which pushes were missed cannot be told",
		    repository);
	rc = sl_sql_rows(store, &last_value_rows,
	    "SELECT ref, last_oid FROM ref_values WHERE repository = ?1"
	    " ORDER BY ref", VALUES(V_TEXT(repository)), &last.items,
	    &last.count, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < last.count; i++)
		sl_map_put(&known, sl_str(last.items[i].ref), &last.items[i]);
	rc = find_changed(store, repository, &known, refs, count, &found,
	    &room, err);
	if (rc >= 0)
		rc = find_gone(store, repository, &last, &found, &room, err);
	if (rc < 0)
		return rc;
	if (found.count > 0)
		qsort(found.items, found.count, sizeof(*found.items),
		    missed_order);
	*list = found;
	found = (struct sl_missed_refs)SL_MISSED_REFS_INIT;
	return SL_OK;
}

/* The intention of a change that waits for its jobs, or the next free id. */
static int
find_waiting(struct sl_store *store, const char *repository, const char *ref,
    const struct sl_oid *old_oid, const struct sl_oid *new_oid, int64_t *id,
    struct sl_error *err)
{
	return sl_sql_number(store,
	    "SELECT coalesce(max(id), (SELECT max(id) + 1 FROM intentions))"
	    " FROM intentions WHERE repository = ?1 AND ref = ?2"
	    " AND old_oid = ?3 AND new_oid = ?4 AND state = 'pending'",
	    VALUES(V_TEXT(repository), V_TEXT(ref), V_OID(old_oid),
		V_OID(new_oid)), id, err);
}

/* The last waiting change that led a ref to a value, before an intention;
 * that intention's id in its place. */
static int
find_before(struct sl_store *store, const char *repository, const char *ref,
    const struct sl_oid *value, int64_t *before, struct sl_missed_ref **found,
    size_t *count, struct sl_error *err)
{
	int64_t id = 0;
	int rc = sl_sql_number(store,
	    "SELECT coalesce(max(id), 0) FROM intentions"
	    " WHERE repository = ?1 AND ref = ?2 AND new_oid = ?3"
	    " AND state = 'pending' AND id < ?4",
	    VALUES(V_TEXT(repository), V_TEXT(ref), V_OID(value),
		V_INT(*before)), &id, err);

	*before = id;
	*count = 0;
	if (rc < 0 || id == 0)
		return rc;
	return sl_sql_rows(store, &missed_rows,
	    "SELECT i.ref, i.old_oid, i.new_oid, i.verdict_id, i.options,"
	    " v.pusher FROM intentions i"
	    " JOIN verdicts v ON v.id = i.verdict_id WHERE i.id = ?1",
	    VALUES(V_INT(id)), found, count, err);
}

/* Whether jobs were written up to a value of a ref: 1 or 0. */
static int
is_last(struct sl_store *store, const char *repository, const char *ref,
    const struct sl_oid *value, struct sl_error *err)
{
	int64_t count = 0;
	int rc = sl_sql_number(store,
	    "SELECT count(*) FROM ref_values WHERE repository = ?1"
	    " AND ref = ?2 AND last_oid = ?3",
	    VALUES(V_TEXT(repository), V_TEXT(ref), V_OID(value)), &count,
	    err);

	return rc < 0 ? rc : count > 0;
}

int
sl_refs_skipped(struct sl_store *store, const char *repository,
    const char *ref, const struct sl_oid *change_old,
    const struct sl_oid *change_new, struct sl_missed_refs *list,
    struct sl_error *err)
{
	struct sl_oid value = *change_old;
	int64_t before = 0;
	size_t room = 0;
	int rc = find_waiting(store, repository, ref, change_old, change_new,
	    &before, err);

	while (rc >= 0 && list->count < SL_SKIPPED_MAX) {
		struct sl_missed_ref *found = NULL;
		size_t count = 0;

		rc = is_last(store, repository, ref, &value, err);
		if (rc != 0)
			break;
		rc = find_before(store, repository, ref, &value, &before,
		    &found, &count, err);
		if (rc < 0 || count == 0)
			break;
		SL_GROW(list->items, list->count, room);
		memmove(list->items + 1, list->items,
		    list->count * sizeof(*list->items));
		list->items[0] = found[0];
		list->count++;
		value = found[0].old_oid;
		free(found);
	}
	if (rc < 0)
		sl_missed_refs_release(list);
	return rc < 0 ? rc : SL_OK;
}
