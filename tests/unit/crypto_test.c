/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/random.h"

/* FIPS 180-4 examples, and the length at which padding takes a new block. */
static const struct {
	const char *text;
	const char *hex;
} sums[] = {
	{ "",
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

START_TEST(sha256_gives_the_published_sums)
{
	char hex[SL_SHA256_HEX + 1];

	sl_sha256_hex(sums[_i].text, strlen(sums[_i].text), hex);
	ck_assert_str_eq(hex, sums[_i].hex);
}
END_TEST

START_TEST(sha256_in_parts_is_sha256_of_the_whole)
{
	const char *text = sums[_i].text;
	size_t len = strlen(text);

	for (size_t cut = 0; cut <= len; cut++) {
		char hex[SL_SHA256_HEX + 1];
		uint8_t digest[SL_SHA256_BYTES];
		struct sl_sha256 sum;

		sl_sha256_init(&sum);
		sl_sha256_update(&sum, text, cut);
		sl_sha256_update(&sum, text + cut, len - cut);
		sl_sha256_final(&sum, digest);
		sl_sha256_release(&sum);
		sl_sha256_to_hex(digest, hex);
		ck_assert_str_eq(hex, sums[_i].hex);
	}
}
END_TEST

START_TEST(sha256_fields_do_not_run_together)
{
	uint8_t digest[2][SL_SHA256_BYTES];
	const char *lists[2][2] = { { "ab", "c" }, { "a", "bc" } };

	for (size_t i = 0; i < 2; i++) {
		struct sl_sha256 sum;

		sl_sha256_init(&sum);
		sl_sha256_field(&sum, sl_str(lists[i][0]));
		sl_sha256_field(&sum, sl_str(lists[i][1]));
		sl_sha256_final(&sum, digest[i]);
	}
	ck_assert_mem_ne(digest[0], digest[1], SL_SHA256_BYTES);
}
END_TEST

START_TEST(sha256_unfinished_is_released)
{
	struct sl_sha256 sum;

	sl_sha256_init(&sum);
	sl_sha256_update(&sum, "x", 1);
	sl_sha256_release(&sum);
	ck_assert_ptr_null(sum.ctx);
}
END_TEST

/* RFC 4231, test cases 1, 2, 6 (a key longer than a block) and an empty key. */
static const struct {
	const char *key_hex;
	const char *data;
	const char *mac;
} macs[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "4a656665", "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaa",
	    "Test Using Larger Than Block-Size Key - Hash Key First",
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ "", "",
	    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
};

START_TEST(hmac_gives_the_published_values)
{
	struct sl_str hex = sl_str(macs[_i].key_hex);
	uint8_t key[160], mac[SL_SHA256_BYTES];
	char out[SL_SHA256_HEX + 1];

	ck_assert_uint_le(hex.len / 2, sizeof(key));
	ck_assert_int_eq(sl_hex_decode(hex, key), SL_OK);
	sl_hmac_sha256(sl_strn((const char *)key, hex.len / 2),
	    sl_str(macs[_i].data), mac);
	sl_sha256_to_hex(mac, out);
	ck_assert_str_eq(out, macs[_i].mac);
}
END_TEST

START_TEST(hmac_may_overwrite_its_key)
{
	uint8_t block[SL_SHA256_BYTES] = "key", apart[SL_SHA256_BYTES];
	struct sl_str key = sl_strn((const char *)block, sizeof(block));

	sl_hmac_sha256(key, SL_STR("data"), apart);
	sl_hmac_sha256(key, SL_STR("data"), block);
	ck_assert_mem_eq(block, apart, sizeof(apart));
}
END_TEST

START_TEST(random_differs_from_call_to_call)
{
	struct sl_error err = SL_ERROR_INIT;
	uint8_t a[32], b[32];

	ck_assert_ok(sl_random_bytes(a, sizeof(a), &err), &err);
	ck_assert_ok(sl_random_bytes(b, sizeof(b), &err), &err);
	ck_assert_mem_ne(a, b, sizeof(a));
}
END_TEST

static TCase *
tcase_crypto(void)
{
	TCase *tc = tcase_create("crypto");

	tcase_add_loop_test(tc, sha256_gives_the_published_sums, 0,
	    SL_COUNT(sums));
	tcase_add_loop_test(tc, sha256_in_parts_is_sha256_of_the_whole, 0,
	    SL_COUNT(sums));
	tcase_add_test(tc, sha256_fields_do_not_run_together);
	tcase_add_test(tc, sha256_unfinished_is_released);
	tcase_add_loop_test(tc, hmac_gives_the_published_values, 0,
	    SL_COUNT(macs));
	tcase_add_test(tc, hmac_may_overwrite_its_key);
	tcase_add_test(tc, random_differs_from_call_to_call);
	return tc;
}

SL_TEST_MAIN("crypto", tcase_crypto)
