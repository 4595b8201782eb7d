/* SPDX-License-Identifier: Apache-2.0 */
/* doc: XML is looked into. */
#include "doc_rig.h"

#include "doc/xml.h"

#define XML_STS                                                                \
	"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n"                    \
	"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/\">"        \
	"<R><C><Key>A&lt;&#x41;</Key><T>x<y>z</y>w</T></C></R>"                \
	"<R><C><Key>B</Key></C></R><E/></AssumeRoleResponse>"

static const struct {
	const char *xml;
	const char *path;
	int rc;
	const char *want;
} finds[] = {
	{ XML_STS, "AssumeRoleResponse/R/C/Key", SL_OK, "A<A" },
	{ XML_STS, "AssumeRoleResponse/R/C/T", SL_OK, "xw" },
	{ XML_STS, "AssumeRoleResponse/E", SL_OK, "" },
	{ XML_STS, "AssumeRoleResponse/R/Key", SL_ENOTFOUND,
	    "the XML answer has no AssumeRoleResponse/R/Key" },
	{ XML_STS, "Key", SL_ENOTFOUND, "the XML answer has no Key" },
	{ "<s:a xmlns:s='x'><s:b>1</s:b></s:a>", "a/b", SL_OK, "1" },
	{ "<a><![CDATA[<b>]]></a>", "a", SL_OK, "<b>" },
	{ "", "a", SL_EINVAL, "XML answer, line 1: no element found" },
	{ "<a><b>1</b>", "a/b", SL_EINVAL,
	    "XML answer, line 1: no element found" },
	{ "<a><b>1</c></a>", "a/b", SL_EINVAL,
	    "XML answer, line 1: mismatched tag" },
	{ "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "a", SL_EINVAL,
	    "XML answer, line 1: a document type declaration is not "
	    "accepted" },
	{ "<a>&x;</a>", "a", SL_EINVAL,
	    "XML answer, line 1: undefined entity" },
	{ "<a>\xff</a>", "a", SL_EINVAL,
	    "XML answer, line 1: not well-formed (invalid token)" },
	{ "<a>123456789</a>", "a", SL_ETOOBIG,
	    "a in the XML answer is too long" },
};

START_TEST(xml_values_are_found_by_path)
{
	struct sl_buf out = SL_BUF_INIT(8);
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_err(sl_xml_find(sl_str(finds[_i].xml), finds[_i].path, &out,
			  &err),
	    finds[_i].rc, &err);
	if (finds[_i].rc == SL_OK) {
		ck_assert_str_eq(sl_buf_cstr(&out), finds[_i].want);
	} else {
		ck_assert_str_eq(err.text, finds[_i].want);
		ck_assert_uint_eq(out.len, 0);
	}
	sl_buf_release(&out);
}
END_TEST

static int
collect(void *ctx, const struct sl_xml_fields *fields, struct sl_error *err)
{
	struct sl_buf *out = ctx;
	struct sl_str key = SL_STR("-"), owner = SL_STR("-"), own = SL_STR("-");

	sl_xml_field(fields, "Key", &key);
	sl_xml_field(fields, "Owner/ID", &owner);
	sl_xml_field(fields, "", &own);
	sl_buf_addf(out, "%s,%s,%s;", key.ptr, owner.ptr, own.ptr);
	if (sl_str_eqs(key, "stop"))
		return sl_error_set(err, SL_EREFUSED, "enough");
	return SL_OK;
}

START_TEST(xml_elements_are_visited_in_order)
{
	struct sl_buf out = SL_BUF_INIT(256);
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_xml_each(SL_STR("<L><C> <Key>a</Key>\n"
					"<Owner><ID>7</ID></Owner></C>"
					"<X><C><Key>no</Key></C></X>"
					"<C>own</C><C/></L>"),
			 "L/C", collect, &out, &err),
	    &err);
	ck_assert_str_eq(sl_buf_cstr(&out), "a,7,-;-,-,own;-,-,;");
	sl_buf_clear(&out);
	ck_assert_err(sl_xml_each(SL_STR("<L><C><Key>stop</Key></C>"
					 "<C><Key>b</Key></C></L>"),
			  "L/C", collect, &out, &err),
	    SL_EREFUSED, &err);
	ck_assert_str_eq(sl_buf_cstr(&out), "stop,-,-;");
	ck_assert_err(sl_xml_each(SL_STR("<L><C></L>"), "L/C", collect, &out,
			  &err),
	    SL_EINVAL, &err);
	sl_buf_release(&out);
}
END_TEST

START_TEST(xml_has_caps)
{
	struct sl_buf xml = SL_BUF_INIT(1 << 20);
	struct sl_buf out = SL_BUF_INIT(8);
	struct sl_error err = SL_ERROR_INIT;

	for (int i = 0; i < 100; i++)
		sl_buf_adds(&xml, "<a>");
	ck_assert_err(sl_xml_find(sl_buf_str(&xml), "a", &out, &err),
	    SL_ETOOBIG, &err);
	sl_buf_release(&xml);
}
END_TEST

TCase *
tcase_xml(void)
{
	TCase *tc = tcase_create("xml");

	tcase_add_loop_test(tc, xml_values_are_found_by_path, 0,
	    SL_COUNT(finds));
	tcase_add_test(tc, xml_elements_are_visited_in_order);
	tcase_add_test(tc, xml_has_caps);
	return tc;
}
