/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml: picking values out of the small XML answers of S3 and STS.
 *
 * Not a document model: an answer is scanned once per question. Names are
 * local names, namespaces are ignored. A document type declaration is refused,
 * and with it every entity but the five of XML itself. Depth, size of text and
 * number of elements are capped. Pure; usable from several threads.
 *
 * A path is the local names from the top element down, with '/' between:
 * "AssumeRoleResponse/AssumeRoleResult/Credentials/AccessKeyId".
 */
#ifndef SL_DOC_XML_H
#define SL_DOC_XML_H

#include "base/buf.h"
#include "base/error.h"

/** Caps of one document. */
#define SL_XML_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define SL_XML_MAX_DEPTH 32
#define SL_XML_MAX_ELEMENTS 200000
#define SL_XML_MAX_FIELD_BYTES ((size_t)1024 * 1024) /* of one visit */

/** The texts inside one element; borrowed, valid during the callback. */
struct sl_xml_fields;

/**
 * The text of the first element at a path.
 *
 * Text of the element itself, with references resolved; text of elements
 * inside it is left out. The whole document is read, so that one that is cut
 * off or malformed after the element is an error.
 *
 * @param[out] out  the text is appended, on success only
 * @return 0, SL_ENOTFOUND (no such element), SL_EINVAL (not well-formed, a
 *         document type declaration), SL_ETOOBIG (a cap, or out's limit)
 */
int sl_xml_find(struct sl_str xml, const char *path, struct sl_buf *out,
    struct sl_error *err) SL_MUST_CHECK;

/** Called for one element; a value other than 0 ends the scan. */
typedef int sl_xml_each_fn(void *ctx, const struct sl_xml_fields *fields,
    struct sl_error *err);

/**
 * Call fn for every element at a path, in order ("ListBucketResult/Contents").
 *
 * Calls happen while the document is being read: an error found later comes
 * after them, and the caller then drops what it collected.
 *
 * @return 0 (also where no element is there), SL_EINVAL, SL_ETOOBIG, or what
 *         fn returned if that is not 0
 */
int sl_xml_each(struct sl_str xml, const char *path, sl_xml_each_fn *fn,
    void *ctx, struct sl_error *err) SL_MUST_CHECK;

/**
 * The text of the first element at a path below the visited one ("Key",
 * "Owner/ID"; "" for itself) that holds no further elements; valid during the
 * callback, NUL-terminated.
 *
 * @return whether it is there
 */
bool sl_xml_field(const struct sl_xml_fields *fields, const char *path,
    struct sl_str *out);

#endif
