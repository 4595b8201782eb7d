/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References to images, which come from pushes: what is taken for one in ECR
 * is put together again from its parts, and no part can bend a request.
 */
#include "fuzz.h"

#include <string.h>

#include "pipeline/image.h"

static bool
is_made_of(struct sl_str s, const char *set)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0' || strchr(set, s.ptr[i]) == NULL)
			return false;
	return true;
}

static void
check_parts(struct sl_str text, const struct sl_image *image)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf again = SL_BUF_INIT(4096);

	fuzz_check(image->account.len == 12);
	fuzz_check(is_made_of(image->account, "0123456789"));
	fuzz_check(image->region.len > 0 && is_made_of(image->region,
	    "abcdefghijklmnopqrstuvwxyz0123456789-"));
	fuzz_check(image->repository.len >= 2 &&
	    image->repository.len <= 256);
	fuzz_check(image->tag.len > 0 || image->digest.len > 0);
	fuzz_check(image->digest.len == 0 ||
	    sl_image_is_digest(image->digest));
	fuzz_check(sl_str_eq(sl_image_digest(text), image->digest));
	sl_buf_addv(&again, image->name);
	if (sl_str_eqs(image->tag, "latest") && image->digest.len == 0 &&
	    text.len == image->name.len)
		return;
	if (image->tag.len > 0)
		sl_buf_addf(&again, ":%.*s", SL_STR_ARG(image->tag));
	if (image->digest.len > 0)
		sl_buf_addf(&again, "@%.*s", SL_STR_ARG(image->digest));
	fuzz_check(sl_str_eq(sl_buf_str(&again), text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_str digest = sl_image_digest(text);
	struct sl_image image;

	fuzz_check(digest.len == 0 || sl_image_is_digest(digest));
	if (sl_image_parse(text, &image))
		check_parts(text, &image);
	return 0;
}
