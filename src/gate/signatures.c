/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signatures of one judgement, each verified once: by the site's keys, on
 * what is read from the repository with its quarantine. git itself would not
 * see the objects of a push here, and would take keys from its configuration.
 */
#include "base/mem.h"
#include "gate/gate_int.h"
#include "verify/verify.h"

/* What is signed: an object of at most this size. */
#define PAYLOAD_MAX ((size_t)16 << 20)

struct known {
	int rc;
	struct sl_error err; /* rc is not 0 */
	struct sl_verify_answer answer;
	struct sl_signature signature; /* views of answer */
};

void
sl_signatures_init(struct sl_signatures *s, struct sl_gate *gate,
    int64_t deadline_ms)
{
	*s = (struct sl_signatures){ .gate = gate,
		.deadline_ms = deadline_ms };
}

void
sl_signatures_release(struct sl_signatures *s)
{
	for (size_t i = 0; i < s->known.count; i++) {
		struct known *known = s->known.entries[i].value;

		sl_verify_answer_release(&known->answer);
		free(known);
	}
	sl_map_release(&s->known);
}

static int
verify(const struct sl_signatures *s, const struct sl_oid *object,
    struct sl_str email, struct sl_verify_answer *answer,
    struct sl_error *err)
{
	const struct sl_site_signers *signers = &s->gate->options.site->signers;
	const struct sl_verify_options options = {
		.ssh = signers->ssh,
		.ssh_revoked = signers->ssh_revoked,
		.gpg = signers->gpg,
		.ssh_keygen = signers->ssh_keygen,
		.gpgv = signers->gpgv,
		.clock = s->gate->options.clock,
		.deadline_ms = s->deadline_ms,
	};
	SL_CLEANUP(sl_buf_release)
	struct sl_buf signature = SL_BUF_INIT(SL_VERIFY_SIGNATURE_MAX);
	SL_CLEANUP(sl_buf_release) struct sl_buf payload =
	    SL_BUF_INIT(PAYLOAD_MAX);
	int rc = sl_git_signature(s->gate->options.repository, object,
	    &signature, &payload, err);

	return rc < 0 ? rc : sl_verify(&options, sl_buf_str(&signature),
				 sl_buf_str(&payload), email, answer, err);
}

int
sl_signatures_verify(void *signatures, const struct sl_oid *object,
    struct sl_str email, const struct sl_signature **out,
    struct sl_error *err)
{
	struct sl_signatures *s = signatures;
	struct sl_str key = sl_strn((const char *)object->id, SL_OID_BYTES);
	struct known *known = sl_map_get(&s->known, key);
	char hex[SL_OID_HEX + 1];

	if (!known) {
		known = sl_alloc(sizeof(*known));
		sl_map_put(&s->known, key, known);
		known->rc = verify(s, object, email, &known->answer,
		    &known->err);
		known->signature = (struct sl_signature){
			.good = known->rc == 0 && known->answer.good,
			.signer = sl_buf_str(&known->answer.signer),
			.reason = sl_buf_str(&known->answer.reason),
		};
	}
	*out = &known->signature;
	if (known->rc == 0)
		return SL_OK;
	if (err)
		*err = known->err;
	sl_oid_hex(object, hex);
	return sl_error_wrap(err, "the signature of %.12s", hex);
}
