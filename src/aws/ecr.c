/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/ecr.h"

#include "aws/sagemaker_int.h"
#include "base/mem.h"
#include "base/text.h"

static const struct sl_aws_json_service ecr = { SL_AWS_ECR, "ecr",
	"AmazonEC2ContainerRegistry_V20150921" };

/* Without all of these the service converts what it has, and the digest is
 * that of something which nobody pushed. */
static const char *const media_types[] = {
	"application/vnd.docker.distribution.manifest.v2+json",
	"application/vnd.docker.distribution.manifest.list.v2+json",
	"application/vnd.oci.image.manifest.v1+json",
	"application/vnd.oci.image.index.v1+json",
};

/* Reasons for which an image is not among those found; any other is as good
 * as not there. */
static const struct {
	const char *name;
	int code;
} failures[] = {
	{ "UpstreamTooManyRequests", SL_ENET },
	{ "UpstreamUnavailable", SL_ENET },
	{ "UpstreamAccessDenied", SL_EDENIED },
	{ "KmsError", SL_EDENIED },
};

static void
put_request(struct sl_json *w, const struct sl_ecr_image *image)
{
	sl_json_put(w, "registryId", image->registry);
	sl_json_put(w, "repositoryName", image->repository);
	sl_json_key(w, "imageIds");
	sl_json_list(w);
	sl_json_object(w);
	sl_json_put(w, "imageTag", image->tag);
	sl_json_end(w);
	sl_json_end(w);
	sl_json_key(w, "acceptedMediaTypes");
	sl_json_list(w);
	for (size_t i = 0; i < SL_COUNT(media_types); i++)
		sl_json_cstr(w, media_types[i]);
	sl_json_end(w);
}

/* The first row of a list, or NULL. */
static const struct sl_node *
first(const struct sl_node *root, const char *key)
{
	const struct sl_node *list = sl_node_get(root, key);

	if (list == NULL || sl_node_kind(list) != SL_NODE_LIST ||
	    sl_node_count(list) == 0)
		return NULL;
	return sl_node_at(list, 0);
}

/* Set the error that a row of "failures" stands for. */
static int
read_failure(const struct sl_node *row, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *name = sl_sagemaker_text(row,
	    "failureCode");
	SL_CLEANUP(sl_freep) char *words = sl_sagemaker_text(row,
	    "failureReason");
	char shown_name[64] = "", shown[256] = "";
	int code = SL_ENOTFOUND;

	for (size_t i = 0; name != NULL && i < SL_COUNT(failures); i++)
		if (!strcmp(name, failures[i].name))
			code = failures[i].code;
	if (name != NULL)
		sl_text_escape_into(name, strlen(name), shown_name,
		    sizeof(shown_name));
	if (words != NULL)
		sl_text_escape_into(words, strlen(words), shown,
		    sizeof(shown));
	return sl_error_set(err, code, "ecr:BatchGetImage: %s%s%s",
	    shown_name[0] ? shown_name : "no failure code",
	    shown[0] ? ": " : "", shown);
}

static bool
is_digest(const char *text)
{
	return !strncmp(text, "sha256:", 7) &&
	    strspn(text + 7, "0123456789abcdef") == 64 && text[71] == '\0';
}

static int
read_answer(const struct sl_node *root, char digest[SL_ECR_DIGEST_SIZE],
    struct sl_error *err)
{
	const struct sl_node *image = first(root, "images");
	const struct sl_node *failure = first(root, "failures");
	SL_CLEANUP(sl_freep) char *text = NULL;

	if (image == NULL && failure != NULL)
		return read_failure(failure, err);
	text = sl_sagemaker_text(sl_node_get(image, "imageId"),
	    "imageDigest");
	if (text == NULL || !is_digest(text))
		return sl_error_set(err, SL_EREMOTE,
		    "ecr:BatchGetImage: the answer has no usable digest");
	memcpy(digest, text, SL_ECR_DIGEST_SIZE);
	return SL_OK;
}

int
sl_ecr_image_digest(struct sl_aws_session *session,
    const struct sl_ecr_image *image, char digest[SL_ECR_DIGEST_SIZE],
    struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	int rc;

	sl_sagemaker_request_init(&r);
	if (session->endpoints[SL_AWS_ECR].url == NULL)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "environment \"%s\" has an endpoint for SageMaker and "
		    "no ECR endpoint: name one as `ecr` below `endpoints`",
		    session->name);
	put_request(&r.json, image);
	rc = sl_aws_json_send(session, &ecr, "BatchGetImage", &r, false, &doc,
	    err);
	if (rc == SL_OK)
		rc = read_answer(sl_doc_root(doc), digest, err);
	return rc < 0 ? sl_error_wrap(err, "image %s:%s of registry %s",
	    image->repository, image->tag, image->registry) : SL_OK;
}
