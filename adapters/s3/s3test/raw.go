// SPDX-License-Identifier: EUPL-1.2

package s3test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Raw looks into buckets as their operator can, past the adapter.
type Raw struct {
	t      testing.TB
	client *minio.Core
}

// Version is one version of an object, or a marker that it was deleted.
type Version struct {
	Name, ID string
	Marker   bool
}

// Raw gives the operator's view.
func (s *Server) Raw(t testing.TB) *Raw {
	t.Helper()
	return &Raw{t, s.As(t, credentials.NewStaticV4(s.KeyID, s.Secret, ""))}
}

// As gives a client with other credentials.
func (s *Server) As(t testing.TB, who *credentials.Credentials) *minio.Core {
	t.Helper()
	client, err := minio.NewCore(s.Endpoint[len("https://"):], &minio.Options{Creds: who, Secure: true, Transport: s.transport(),
		Region: "us-east-1", BucketLookup: minio.BucketLookupPath})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Limited gives credentials that may do what a policy allows, and nothing else.
func (s *Server) Limited(t testing.TB, policy string) *credentials.Credentials {
	t.Helper()
	who, err := s.limited(policy)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func (s *Server) limited(policy string) (*credentials.Credentials, error) {
	client := &http.Client{Transport: s.transport()}
	who := credentials.New(&credentials.STSAssumeRole{Client: client, STSEndpoint: s.Endpoint,
		Options: credentials.STSAssumeRoleOptions{AccessKey: s.KeyID, SecretKey: s.Secret, Policy: policy, DurationSeconds: 3600}})
	_, err := who.GetWithContext(&credentials.CredContext{Client: client})
	return who, err
}

func (s *Server) transport() *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.root.Pool()}}
}

// Versions lists everything in a bucket.
func (r *Raw) Versions(bucket string) (all []Version) {
	r.t.Helper()
	for o := range r.client.ListObjectsIter(r.t.Context(), bucket, minio.ListObjectsOptions{Recursive: true, WithVersions: true}) {
		if o.Err != nil {
			r.t.Fatal(o.Err)
		}
		all = append(all, Version{o.Key, o.VersionID, o.IsDeleteMarker})
	}
	return all
}

// Bytes reads an object.
func (r *Raw) Bytes(bucket, name string) []byte {
	r.t.Helper()
	return r.Of(bucket, Version{Name: name})
}

// Of reads one version of an object.
func (r *Raw) Of(bucket string, v Version) []byte {
	r.t.Helper()
	body, _, _, err := r.client.GetObject(r.t.Context(), bucket, v.Name, minio.GetObjectOptions{VersionID: v.ID})
	if err != nil {
		r.t.Fatal(err)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		r.t.Fatal(err)
	}
	return data
}

// Put writes an object over whatever is there.
func (r *Raw) Put(bucket, name string, data []byte) {
	r.t.Helper()
	if _, err := r.client.Client.PutObject(r.t.Context(), bucket, name, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{}); err != nil {
		r.t.Fatal(err)
	}
}

// Delete removes a version and says whether the store let it.
func (r *Raw) Delete(bucket, name, id string) bool {
	return r.client.RemoveObject(context.WithoutCancel(r.t.Context()), bucket, name, minio.RemoveObjectOptions{VersionID: id}) == nil
}

// KeepVersions makes a bucket keep what is replaced or deleted.
func (r *Raw) KeepVersions(bucket string) {
	r.t.Helper()
	if err := r.client.EnableVersioning(r.t.Context(), bucket); err != nil {
		r.t.Fatal(err)
	}
}

// MakeBucket makes a bucket, with or without object lock.
func (r *Raw) MakeBucket(name string, lock bool) {
	r.t.Helper()
	if err := r.client.MakeBucket(r.t.Context(), name, minio.MakeBucketOptions{ObjectLocking: lock}); err != nil {
		r.t.Fatal(err)
	}
}

// Uploads counts the uploads in parts that nobody finished.
func (r *Raw) Uploads(bucket string) (n int) {
	for range r.client.ListIncompleteUploads(r.t.Context(), bucket, "", true) {
		n++
	}
	return n
}

// LockAll gives a bucket a retention for everything that comes in.
func (r *Raw) LockAll(bucket string) {
	r.t.Helper()
	mode, days, unit := minio.Compliance, uint(1), minio.Days
	if err := r.client.SetBucketObjectLockConfig(r.t.Context(), bucket, &mode, &days, &unit); err != nil {
		r.t.Fatal(err)
	}
}

// Publish lets anyone read a bucket.
func (r *Raw) Publish(bucket string) {
	r.t.Helper()
	rule := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::%s/*"]}]}`, bucket)
	if err := r.client.SetBucketPolicy(r.t.Context(), bucket, rule); err != nil {
		r.t.Fatal(err)
	}
}

// Tags gives the tags of an object.
func (r *Raw) Tags(bucket, name string) map[string]string {
	r.t.Helper()
	found, err := r.client.GetObjectTagging(r.t.Context(), bucket, name, minio.GetObjectTaggingOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	return found.ToMap()
}

// Rules gives the rules of a bucket as the store tells them.
func (r *Raw) Rules(bucket string) string {
	r.t.Helper()
	rules, err := r.client.GetBucketLifecycle(r.t.Context(), bucket)
	if err != nil {
		r.t.Fatal(err)
	}
	text, err := json.Marshal(rules.Rules)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}
