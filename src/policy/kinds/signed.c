/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/signed.h"

#include "policy/kinds/people.h"

/* true, false or verified */
static int
read_signed(struct sl_rule *rule, struct sl_signed_rule *out,
    struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, "signed");

	if (!node)
		return SL_OK;
	if (sl_node_kind(node) == SL_NODE_SCALAR &&
	    sl_str_eqs(sl_node_text(node), "verified")) {
		out->present = out->verified = true;
		return SL_OK;
	}
	if (sl_rule_read_bool(rule, "signed", &out->present, NULL) < 0)
		return sl_node_error(node, err, SL_ECONFIG,
		    "signed must be true, false or verified");
	return SL_OK;
}

int
sl_signed_read(struct sl_rule *rule, const char *const *words,
    struct sl_signed_rule *out, struct sl_error *err)
{
	int rc = read_signed(rule, out, err);

	if (rc == SL_OK)
		rc = sl_rule_read_words(rule, "signer", words, &out->signers,
		    err);
	if (rc == SL_OK && out->signers && !out->verified)
		return sl_node_error(sl_rule_get(rule, "signer"), err,
		    SL_ECONFIG, "signer needs `signed: verified`");
	return rc;
}

/* Whether a key is somebody's: by address, by person, or by person's name. */
static bool
is_by(const struct sl_judge *j, struct sl_str signer, struct sl_str email)
{
	struct sl_str person = sl_people_find(j, email);

	return sl_people_same(j, signer, email) ||
	    (person.len && sl_str_eq(person, signer));
}

static bool
is_by_pusher(const struct sl_judge *j, struct sl_str signer)
{
	struct sl_str person = sl_people_find(j, signer);

	return j->pusher.state == SL_PUSHER_KNOWN &&
	    sl_str_eq(person.len ? person : signer, j->pusher.person);
}

static void
check_signer(struct sl_judge *j, unsigned signers, struct sl_str signer,
    const struct sl_signed_object *object, const struct sl_signed_words *words)
{
	for (size_t i = 0; words->words[i]; i++) {
		bool pusher = words->words[i + 1] == NULL;

		if (!(signers & 1U << i))
			continue;
		if (pusher && j->pusher.state == SL_PUSHER_ELSEWHERE) {
			sl_judge_deferred(j, "only the server knows who "
					     "pushes");
			continue;
		}
		if (pusher ? is_by_pusher(j, signer) :
			     is_by(j, signer, object->made[i]))
			continue;
		sl_judge_found(j, &(struct sl_hit){
			.found = signer,
			.expected = sl_str(words->words[i]),
			.message = words->other,
			.fix = "sign it with the key of its {expected}",
		    });
	}
}

int
sl_signed_check(struct sl_judge *j, const struct sl_signed_rule *rule,
    const struct sl_signed_object *object,
    const struct sl_signed_words *words, struct sl_error *err)
{
	const struct sl_signature *signature = NULL;
	int rc;

	if (!rule->present)
		return SL_OK;
	if (!object->has_signature) {
		sl_judge_found(j, &(struct sl_hit){
			.found = SL_STR("not signed"),
			.expected = words->expected,
			.message = words->missing,
			.fix = words->fix,
		    });
		return SL_OK;
	}
	if (!rule->verified)
		return SL_OK;
	if (!j->verify) {
		sl_judge_deferred(j, "only the server has the signers' keys");
		return SL_OK;
	}
	rc = j->verify(j->verify_ctx, object->oid, object->email, &signature,
	    err);
	if (rc < 0)
		return rc;
	if (signature->good)
		check_signer(j, rule->signers, signature->signer, object,
		    words);
	else
		sl_judge_found(j, &(struct sl_hit){
			.found = signature->reason,
			.expected = words->expected,
			.message = words->bad,
			.fix = words->fix,
		    });
	return SL_OK;
}
