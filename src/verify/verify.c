/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/verify_int.h"

void
sl_verify_answer_release(struct sl_verify_answer *answer)
{
	sl_buf_release(&answer->signer);
	sl_buf_release(&answer->key);
	sl_buf_release(&answer->reason);
	answer->good = false;
}

struct sl_str
sl_verify_word(struct sl_str *text)
{
	const char *end = text->len ? memchr(text->ptr, ' ', text->len) : NULL;
	struct sl_str word = sl_strn(text->ptr,
	    end ? (size_t)(end - text->ptr) : text->len);

	text->ptr += word.len + (end != NULL);
	text->len -= word.len + (end != NULL);
	return word;
}

int
sl_verify(const struct sl_verify_options *options, struct sl_str signature,
    struct sl_str payload, struct sl_str email, struct sl_verify_answer *out,
    struct sl_error *err)
{
	sl_buf_init(&out->signer, 2000);
	sl_buf_init(&out->key, 200);
	sl_buf_init(&out->reason, 4000);
	if (signature.len > SL_VERIFY_SIGNATURE_MAX)
		return sl_error_set(err, SL_ETOOBIG,
		    "the signature has %zu bytes, more than %zu",
		    signature.len, SL_VERIFY_SIGNATURE_MAX);
	if (sl_str_starts(signature, "-----BEGIN SSH SIGNATURE-----"))
		return sl_verify_ssh(options, signature, payload, email, out,
		    err);
	if (sl_str_starts(signature, "-----BEGIN PGP SIGNATURE-----") ||
	    sl_str_starts(signature, "-----BEGIN PGP MESSAGE-----"))
		return sl_verify_gpg(options, signature, payload, out, err);
	if (sl_str_starts(signature, "-----BEGIN SIGNED MESSAGE-----"))
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "it is signed with X.509, which cannot be verified here; "
		    "sign with an SSH or OpenPGP key");
	sl_buf_adds(&out->reason, "is of no kind that Git makes");
	return SL_OK;
}
