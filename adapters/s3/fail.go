// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/minio/minio-go/v7"

	"github.com/seinhuis/seinhuis/gateway"
)

// refusal is what went wrong as a sentence that says who must act. It shows codes of the store and names of buckets, never
// the store's own text.
type refusal struct {
	text  string
	cause error
}

func (r *refusal) Error() string { return "s3: " + r.text }
func (r *refusal) Unwrap() error { return r.cause }

// The codes of S3 that decide something here.
const (
	codeTaken    = "PreconditionFailed"
	codeConflict = "ConditionalRequestConflict" // AWS: another conditional put of the name is under way
	codeNoKey    = "NoSuchKey"
	codeNoPart   = "NoSuchVersion"
	codeRange    = "InvalidRange"
	codeDenied   = "AccessDenied"
)

func code(err error) string {
	var r minio.ErrorResponse
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

// fail makes KindUnavailable of what a call gave. Action is the permission that the call needs.
func (s *Store) fail(action, bucket string, err error) error {
	var known *gateway.Error
	var why *refusal
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.As(err, &why):
		return gateway.Fail(gateway.KindUnavailable, err)
	}
	return gateway.Fail(gateway.KindUnavailable, &refusal{s.sentence(action, bucket, err), err})
}

func (s *Store) sentence(action, bucket string, err error) string {
	var r minio.ErrorResponse
	var unknown x509.UnknownAuthorityError
	var certificate *tls.CertificateVerificationError
	var call *url.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "the caller gave up"
	case errors.Is(err, context.DeadlineExceeded):
		return "the store did not answer in time"
	case errors.As(err, &unknown) || errors.As(err, &certificate):
		return fmt.Sprintf("the certificate of %s is not trusted; the gateway's operator must give the right CA file, or the store's operator a right certificate", s.c.Endpoint)
	case errors.As(err, &call): // its address says which object, which says nothing here
		return fmt.Sprintf("the store at %s does not answer as one: %v", s.c.Endpoint, errors.Unwrap(call))
	case !errors.As(err, &r):
		return fmt.Sprintf("the store at %s does not answer as one: %v", s.c.Endpoint, err)
	}
	switch r.Code {
	case codeDenied, "AllAccessDisabled":
		return fmt.Sprintf("the store refuses %s on bucket %s to key id %s; the store's operator must allow it (deploy/s3/policy.json)", action, bucket, s.c.KeyID)
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidTokenId":
		return fmt.Sprintf("the store does not take key id %s with the secret of %s (%s); the gateway's operator must put the right one there", s.c.KeyID, s.c.SecretFile, r.Code)
	case "RequestTimeTooSkewed":
		return "the clocks of store and gateway differ too much; whoever runs the machine that is wrong must set its clock"
	case "NoSuchBucket":
		return fmt.Sprintf("bucket %s is not there; the gateway's operator must prepare the store, or name the right bucket", bucket)
	}
	if r.StatusCode >= http.StatusInternalServerError || r.Code == "SlowDown" {
		return fmt.Sprintf("the store answers %s on bucket %s with %d %s; it is busy or ill", action, bucket, r.StatusCode, r.Code)
	}
	return fmt.Sprintf("the store answers %s on bucket %s with %d %s", action, bucket, r.StatusCode, r.Code)
}
