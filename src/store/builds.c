/* SPDX-License-Identifier: Apache-2.0 */
#include "store/builds.h"

#include "base/mem.h"
#include "store/names_int.h"
#include "store/store_int.h"

static const struct sl_field build_fields[] = {
	FIELD_INT(struct sl_build, id),
	FIELD_TEXT(struct sl_build, build_id),
	FIELD_TEXT(struct sl_build, environment),
	FIELD_TEXT(struct sl_build, pipeline),
	FIELD_TEXT(struct sl_build, repository),
	FIELD_TEXT(struct sl_build, project),
	FIELD_TEXT(struct sl_build, use_case),
	FIELD_OID(struct sl_build, commit),
	FIELD_OID(struct sl_build, tree),
	FIELD_TEXT(struct sl_build, ref),
	FIELD_TEXT(struct sl_build, pusher),
	FIELD_TEXT(struct sl_build, verdict_id),
	FIELD_TEXT(struct sl_build, policy_digest),
	FIELD_TEXT(struct sl_build, inputs_digest),
	FIELD_TEXT(struct sl_build, definition_digest),
	FIELD_TEXT(struct sl_build, manifest_uri),
	FIELD_TEXT(struct sl_build, manifest_etag),
	FIELD_WORD(struct sl_build, step, sl_store_build_steps),
	FIELD_WORD(struct sl_build, state, sl_store_build_states),
	FIELD_TEXT(struct sl_build, reason),
	FIELD_INT(struct sl_build, created_at_s),
	FIELD_INT(struct sl_build, updated_at_s),
};

#define SELECT_BUILDS                                                          \
	"SELECT b.id, b.build_id, b.environment, b.pipeline, b.repository,"    \
	" b.project, b.use_case, b.commit_oid, b.tree_oid, b.ref, b.pusher,"   \
	" b.verdict_id, b.policy_digest, b.inputs_digest,"                     \
	" b.definition_digest, b.manifest_uri, b.manifest_etag, b.step,"       \
	" b.state, b.reason, b.created_at_s, b.updated_at_s FROM builds b "

static const struct sl_row_type build_rows =
    ROW_TYPE(struct sl_build, build_fields);

void
sl_builds_release(struct sl_builds *list)
{
	sl_rows_free(&build_rows, list->items, list->count);
	*list = (struct sl_builds)SL_BUILDS_INIT;
}

/* A new row takes "" for what is not given; a known one keeps its own. */
static const char put_sql[] =
    "INSERT INTO builds(build_id, environment, pipeline, repository, project,"
    " use_case, commit_oid, tree_oid, ref, pusher, verdict_id, policy_digest,"
    " inputs_digest, definition_digest, manifest_uri, manifest_etag, step,"
    " state, reason, created_at_s, updated_at_s)"
    " VALUES(?1, ?2, ?3, ?4, coalesce(?5, ''), coalesce(?6, ''), ?7, ?8,"
    " coalesce(?9, ''), coalesce(?10, ''), coalesce(?11, ''),"
    " coalesce(?12, ''), coalesce(?13, ''), coalesce(?14, ''),"
    " coalesce(?15, ''), coalesce(?16, ''), ?17, ?18, coalesce(?19, ''),"
    " ?20, ?20)"
    " ON CONFLICT(build_id, environment, pipeline) DO UPDATE SET"
    " project = coalesce(?5, project), use_case = coalesce(?6, use_case),"
    " ref = coalesce(?9, ref), pusher = coalesce(?10, pusher),"
    " verdict_id = coalesce(?11, verdict_id),"
    " policy_digest = coalesce(?12, policy_digest),"
    " inputs_digest = coalesce(?13, inputs_digest),"
    " definition_digest = coalesce(?14, definition_digest),"
    " manifest_uri = coalesce(?15, manifest_uri),"
    " manifest_etag = coalesce(?16, manifest_etag),"
    " step = ?17, state = ?18, reason = coalesce(?19, reason),"
    " updated_at_s = ?20"
    " WHERE repository = ?4 AND commit_oid = ?7 AND tree_oid = ?8"
    " RETURNING id";

int
sl_build_put(struct sl_store *store, const struct sl_build *b, int64_t now_s,
    int64_t *id, struct sl_error *err)
{
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	int64_t row = 0;
	int rc = sl_tx_begin(&tx, store, err);

	if (rc < 0)
		return rc;
	rc = sl_sql_number(store, put_sql,
	    VALUES(V_TEXT(b->build_id), V_TEXT(b->environment),
		V_TEXT(b->pipeline), V_TEXT(b->repository),
		V_TEXT(b->project), V_TEXT(b->use_case), V_OID(&b->commit),
		V_OID(&b->tree), V_TEXT(b->ref), V_TEXT(b->pusher),
		V_TEXT(b->verdict_id), V_TEXT(b->policy_digest),
		V_TEXT(b->inputs_digest), V_TEXT(b->definition_digest),
		V_TEXT(b->manifest_uri), V_TEXT(b->manifest_etag),
		V_TEXT(sl_build_step_name(b->step)),
		V_TEXT(sl_build_state_name(b->state)), V_TEXT(b->reason),
		V_INT(now_s)), &row, err);
	if (rc == 0)
		return sl_error_set(err, SL_ECONFLICT, "build %s of pipeline "
		    "%s in %s is already stored with another repository, "
		    "commit or tree", b->build_id, b->pipeline,
		    b->environment);
	if (rc > 0)
		rc = sl_tx_commit(&tx, err);
	if (rc >= 0 && id != NULL)
		*id = row;
	return rc;
}

/* --- looking up --- */

/* After each: ?2 and ?3 narrow, ?4 limits. */
#define NARROWED                                                               \
	" AND (?2 IS NULL OR b.repository = ?2)"                               \
	" AND (?3 IS NULL OR b.environment = ?3)"                              \
	" ORDER BY b.created_at_s DESC, b.id DESC LIMIT ?4"

static const char *const list_sql[] = {
	[SL_BUILD_ALL] = SELECT_BUILDS "WHERE ?1 IS NULL" NARROWED,
	[SL_BUILD_BY_PART] =
	    SELECT_BUILDS "WHERE instr(b.build_id, ?1) > 0" NARROWED,
	[SL_BUILD_BY_COMMIT] = SELECT_BUILDS "WHERE b.commit_oid = ?1" NARROWED,
	[SL_BUILD_BY_INPUTS] =
	    SELECT_BUILDS "WHERE b.inputs_digest = ?1" NARROWED,
	[SL_BUILD_BY_REF] = SELECT_BUILDS "WHERE b.ref = ?1" NARROWED,
	[SL_BUILD_BY_PIPELINE] = SELECT_BUILDS "WHERE b.pipeline = ?1" NARROWED,
	[SL_BUILD_LATEST] = SELECT_BUILDS
	    "WHERE ?1 IS NULL AND NOT EXISTS (SELECT 1 FROM builds n"
	    " WHERE n.ref = b.ref AND n.repository = b.repository"
	    " AND n.environment = b.environment AND n.pipeline = b.pipeline"
	    " AND (n.created_at_s, n.id) > (b.created_at_s, b.id))" NARROWED,
};

int
sl_build_list(struct sl_store *store, const struct sl_build_query *query,
    struct sl_builds *list, struct sl_error *err)
{
	bool whole = query->by == SL_BUILD_ALL || query->by == SL_BUILD_LATEST;
	size_t least = query->by == SL_BUILD_BY_PART ? 4 : 1;

	/* An empty inputs digest would match builds that have none yet. */
	if (!whole && (query->value == NULL || strlen(query->value) < least))
		return sl_error_set(err, SL_EINVAL, "\"%s\" is too short to "
		    "find a build by; give %zu characters or more",
		    query->value ? query->value : "", least);
	return sl_sql_rows(store, &build_rows, list_sql[query->by],
	    VALUES(V_TEXT(whole ? NULL : query->value),
		V_TEXT(query->repository), V_TEXT(query->environment),
		V_INT(query->limit ? (int64_t)query->limit : 1000)),
	    &list->items, &list->count, err);
}

/* Several build ids match: name the newest few. */
static int
ambiguous(const char *part, const struct sl_builds *found,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf names = SL_BUF_INIT(512);
	const char *last = "";
	size_t shown = 0;

	for (size_t i = 0; i < found->count && shown < 4; i++) {
		if (strcmp(last, found->items[i].build_id) == 0)
			continue;
		last = found->items[i].build_id;
		sl_buf_addf(&names, "%s%s", shown++ ? ", " : "", last);
	}
	return sl_error_set(err, SL_ECONFLICT, "\"%s\" is part of several "
	    "build ids (%s); give more of the one that is meant", part,
	    sl_buf_cstr(&names));
}

int
sl_build_resolve(struct sl_store *store, const char *part,
    struct sl_builds *list, struct sl_error *err)
{
	const struct sl_build_query query = { .by = SL_BUILD_BY_PART,
		.value = part };
	SL_CLEANUP(sl_builds_release) struct sl_builds found = SL_BUILDS_INIT;
	int rc = sl_build_list(store, &query, &found, err);

	if (rc < 0)
		return rc;
	if (found.count == 0)
		return sl_error_set(err, SL_ENOTFOUND,
		    "no build id contains \"%s\"", part);
	for (size_t i = 1; i < found.count; i++)
		if (strcmp(found.items[i].build_id, found.items[0].build_id))
			return ambiguous(part, &found, err);
	*list = found;
	found = (struct sl_builds)SL_BUILDS_INIT;
	return SL_OK;
}

int
sl_package_find(struct sl_store *store, const char *arn,
    struct sl_builds *list, struct sl_error *err)
{
	struct sl_builds found = SL_BUILDS_INIT;
	int rc = sl_sql_rows(store, &build_rows, SELECT_BUILDS
	    "JOIN packages p ON p.build = b.id WHERE p.arn = ?1",
	    VALUES(V_TEXT(arn)), &found.items, &found.count, err);

	if (rc < 0)
		return rc;
	if (found.count == 0)
		return sl_error_set(err, SL_ENOTFOUND,
		    "no stored build registered %s", arn);
	*list = found;
	return SL_OK;
}
