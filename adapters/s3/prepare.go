// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"context"
	"fmt"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/lifecycle"

	"github.com/seinhuis/seinhuis/gateway"
)

// spoolDays is how long a file as received can rest at most: it goes when it is settled, which takes hours.
const spoolDays = 30

// Prepare makes the buckets that are not there and sets the rules of the store itself, which are the second net: retention
// erases on time, and what it left behind goes by these. It may be called again, and changes no object. It needs more
// permissions than serving does (deploy/s3/policy-setup.json). Called by the operator's setup command.
func (s *Store) Prepare(ctx context.Context) error {
	for _, b := range []struct {
		name  string
		lock  bool
		rules []lifecycle.Rule
	}{
		{s.c.Bodies, false, []lifecycle.Rule{rest(), {ID: "termijn", Status: "Enabled",
			RuleFilter: lifecycle.Filter{Tag: lifecycle.Tag{Key: tagTerm, Value: tagMonth}}, Expiration: lifecycle.Expiration{Days: lifecycle.ExpirationDays(s.c.BodyDays)}}}},
		{s.c.Spool, false, []lifecycle.Rule{rest(), {ID: "termijn", Status: "Enabled",
			Expiration: lifecycle.Expiration{Days: spoolDays}}}},
		{s.c.Log, true, []lifecycle.Rule{rest()}}, // what is locked stays, whatever a rule says
	} {
		if err := s.bucket(ctx, b.name, b.lock); err != nil {
			return err
		}
		if err := s.client.SetBucketLifecycle(ctx, b.name, &lifecycle.Configuration{Rules: b.rules}); err != nil {
			return s.fail("s3:PutLifecycleConfiguration", b.name, err)
		}
	}
	return nil
}

// rest is the rule for what remains of things: versions that were replaced, markers of what was deleted, parts of uploads
// that nobody finished.
func rest() lifecycle.Rule {
	return lifecycle.Rule{ID: "resten", Status: "Enabled",
		NoncurrentVersionExpiration:    lifecycle.NoncurrentVersionExpiration{NoncurrentDays: 1},
		Expiration:                     lifecycle.Expiration{DeleteMarker: true},
		AbortIncompleteMultipartUpload: lifecycle.AbortIncompleteMultipartUpload{DaysAfterInitiation: 1}}
}

// bucket makes a bucket, or finds that it is there and, for the log, can lock.
func (s *Store) bucket(ctx context.Context, name string, lock bool) error {
	err := s.client.MakeBucket(ctx, name, minio.MakeBucketOptions{Region: s.c.Region, ObjectLocking: lock})
	switch code(err) {
	case "BucketAlreadyOwnedByYou", "BucketAlreadyExists":
		if there, err := s.client.BucketExists(ctx, name); err != nil || !there {
			return gateway.Fail(gateway.KindUnavailable, &refusal{fmt.Sprintf("bucket %s is somebody else's; the gateway's operator must choose another name", name), err})
		}
	default:
		if err != nil {
			return s.fail("s3:CreateBucket", name, err)
		}
	}
	if !lock {
		return nil
	}
	return s.canLock(ctx)
}

// canLock refuses a log bucket without object lock, which a bucket has from its making or not at all, and one that locks
// everything: partial tiles and the checkpoint are replaced all the time.
func (s *Store) canLock(ctx context.Context) error {
	enabled, mode, _, _, err := s.client.GetObjectLockConfig(ctx, s.c.Log)
	switch {
	case err != nil && code(err) != "ObjectLockConfigurationNotFoundError":
		return s.fail("s3:GetBucketObjectLockConfiguration", s.c.Log, err)
	case err != nil || enabled != "Enabled":
		return gateway.Fail(gateway.KindUnavailable, &refusal{fmt.Sprintf("bucket %s has no object lock; the store's operator must make one that has (a bucket gets it when it is made)", s.c.Log), nil})
	case mode != nil && *mode != "":
		return gateway.Fail(gateway.KindUnavailable, &refusal{fmt.Sprintf("bucket %s locks everything that comes in; the store's operator must take its default retention away: the gateway locks what is final", s.c.Log), nil})
	}
	return nil
}
