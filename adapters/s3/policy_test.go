// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"os"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"

	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/adapters/s3/s3test"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

// policy is a file of deploy/s3 with the buckets of a test in it.
func policy(t *testing.T, file string, c s3.Config) string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/s3/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("seinhuis-inhoud", c.Bodies, "seinhuis-logboek", c.Log, "seinhuis-bestanden", c.Spool).Replace(string(text))
}

// The rights in deploy/s3 are enough for what the gateway does, and for nothing else.
func TestPolicy(t *testing.T) {
	server := s3test.Start(t)
	as := func(t *testing.T, file string, c s3.Config) *s3.Store {
		t.Helper()
		store, err := s3.OpenAs(c, server.Limited(t, policy(t, file, c)))
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	prepared := func(t *testing.T) s3.Config {
		t.Helper()
		c := server.Config(t)
		if err := as(t, "policy-setup.json", c).Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		return c
	}
	t.Run("bodies", func(t *testing.T) {
		gatewaytest.Bodies(t, func(t *testing.T) mailbox.Bodies { return as(t, "policy.json", prepared(t)).Bodies() })
	})
	t.Run("log", func(t *testing.T) {
		gatewaytest.LogStores(t, func(t *testing.T) gatewaytest.LogFiles { return as(t, "policy.json", prepared(t)).Tiles() })
	})
	t.Run("spool", func(t *testing.T) {
		gatewaytest.Spool(t, func(t *testing.T) batch.Spool { return as(t, "policy.json", prepared(t)).Spool() })
	})
	t.Run("probe", func(t *testing.T) {
		if all, err := as(t, "policy.json", prepared(t)).Probe(t.Context()); err != nil || len(findings(all, s3.Noted)) != 0 {
			t.Errorf("%v\n%v", err, all)
		}
	})
	t.Run("nothing else", func(t *testing.T) {
		c := prepared(t)
		wantUnavailable(t, as(t, "policy.json", c).Prepare(t.Context()), "refuses s3:")
		_, err := as(t, "policy-setup.json", c).Bodies().Put(t.Context(), two())
		wantUnavailable(t, err, "refuses s3:PutObject")
		ctx, may := t.Context(), server.As(t, server.Limited(t, policy(t, "policy.json", c)))
		_, other := server.Store(t)
		mode, days, unit := minio.Governance, uint(1), minio.Days
		for name, err := range map[string]error{
			"another bucket":       may.Client.MakeBucket(ctx, c.Bodies+"-2", minio.MakeBucketOptions{}),
			"remove a bucket":      may.RemoveBucket(ctx, c.Spool),
			"publish a bucket":     may.SetBucketPolicy(ctx, c.Bodies, `{"Version":"2012-10-17","Statement":[]}`),
			"unset the rules":      may.SetBucketLifecycle(ctx, c.Bodies, nil),
			"stop versions":        may.SuspendVersioning(ctx, c.Log),
			"change the lock":      may.SetObjectLockConfig(ctx, c.Log, &mode, &days, &unit),
			"other people's":       second(may.StatObject(ctx, other.Bodies, "x", minio.StatObjectOptions{})),
			"other people's names": second(may.ListObjectsV2(other.Bodies, "", "", "", "", 1)),
		} {
			if minio.ToErrorResponse(err).Code != "AccessDenied" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
