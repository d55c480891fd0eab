// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"
)

// readsBack: what was stored is there at once, also over something else, and in lists.
func (t *trial) readsBack(ctx context.Context) error {
	ok := true
	for range 2 {
		data := make([]byte, 100)
		_, _ = rand.Read(data)
		if _, err := t.put(ctx, t.bucket, t.name, data, minio.PutObjectOptions{}); err != nil {
			return t.fail("s3:PutObject", t.bucket, err)
		}
		got, _, err := t.whole(ctx, t.bucket, t.name)
		if err != nil && code(err) != codeNoKey {
			return t.fail("s3:GetObject", t.bucket, err)
		}
		ok = ok && bytes.Equal(got, data)
	}
	listed, err := t.versions(ctx, t.bucket, t.name, func(key string) bool { return key == t.name })
	if err != nil {
		return err
	}
	t.over = !ok
	t.judge("teruglezen", ok && len(listed) > 0, "bucket %s does not give back what was just stored in it; the store's operator must turn off what delays it (a cache, a lagging replica), or the gateway's operator must choose another store", t.bucket)
	return nil
}

// checksClock compares the store's clock with ours.
func (t *trial) checksClock(ctx context.Context) error {
	began := time.Now()
	body, _, header, err := t.client.GetObject(ctx, t.bucket, t.name, minio.GetObjectOptions{})
	if err != nil {
		return t.fail("s3:GetObject", t.bucket, err)
	}
	_ = body.Close()
	at, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		t.say("klok", Noted, "the store does not say what time it is, so that its clock is not compared")
		return nil
	}
	skew := began.Sub(at).Round(time.Second)
	t.judge("klok", skew.Abs() <= maxSkew, "the clock of the store and of this machine differ by %v; whoever runs the one that is wrong must set it", skew.Abs())
	return nil
}

// keepsConditions: a name that is taken is not overwritten, and only the version that was read is replaced.
func (t *trial) keepsConditions(ctx context.Context) error {
	_, info, err := t.whole(ctx, t.bucket, t.name)
	if err != nil {
		return t.fail("s3:GetObject", t.bucket, err)
	}
	var taken, moved, same minio.PutObjectOptions
	taken.SetMatchETagExcept("*")
	moved.SetMatchETag(strings.Repeat("0", 32))
	same.SetMatchETag(info.ETag)
	ok := true
	for _, c := range []struct {
		o    minio.PutObjectOptions
		want bool
	}{{taken, false}, {moved, false}, {same, true}} {
		_, err := t.put(ctx, t.bucket, t.name, []byte("condition"), c.o)
		if err != nil && code(err) != codeTaken {
			return t.fail("s3:PutObject", t.bucket, err)
		}
		ok = ok && (err == nil) == c.want
	}
	t.judge("voorwaarden", ok, "bucket %s ignores the conditions of a put (If-None-Match, If-Match), so that one node could overwrite another's; the store's operator must bring a version that keeps them, or the gateway's operator must choose another store", t.bucket)
	return nil
}

// checksSums: bytes that do not have the checksum that came with them are not stored.
func (t *trial) checksSums(ctx context.Context) error {
	sum := sha256.Sum256([]byte("other bytes"))
	o := minio.PutObjectOptions{DisableMultipart: true, UserMetadata: map[string]string{sumHeader: base64.StdEncoding.EncodeToString(sum[:])}}
	text := []byte("these bytes")
	_, err := t.client.Client.PutObject(ctx, t.bucket, t.name+"-som", bytes.NewReader(text), int64(len(text)), o)
	var r minio.ErrorResponse
	if err != nil && (!errors.As(err, &r) || r.Code == codeDenied || r.StatusCode >= http.StatusInternalServerError) {
		return t.fail("s3:PutObject", t.bucket, err)
	}
	t.judge("controlesom", err != nil, "bucket %s takes bytes that do not have the checksum they came with, so that damage on the way is not found; the store's operator must bring a version that checks SHA-256, or the gateway's operator must choose another store", t.bucket)
	return nil
}

// givesRanges: a part is read without the rest.
func (t *trial) givesRanges(ctx context.Context) error {
	if _, err := t.put(ctx, t.bucket, t.name, []byte("0123456789"), minio.PutObjectOptions{}); err != nil {
		return t.fail("s3:PutObject", t.bucket, err)
	}
	var o minio.GetObjectOptions
	if err := o.SetRange(3, 5); err != nil {
		return err
	}
	body, info, _, err := t.client.GetObject(ctx, t.bucket, t.name, o)
	if err != nil {
		return t.fail("s3:GetObject", t.bucket, err)
	}
	part, err := readFull(body, min(info.Size, 100))
	t.judge("delen lezen", err == nil && string(part) == "345", "bucket %s does not give the part of an object that is asked for; the store's operator must let it serve ranges", t.bucket)
	return nil
}

// joinsParts: what is uploaded in parts is what comes back.
func (t *trial) joinsParts(ctx context.Context) error {
	data := make([]byte, 3000)
	_, _ = rand.Read(data)
	_, err := t.client.Client.PutObject(ctx, t.bucket, t.name+"-delen", bytes.NewReader(data), -1, minio.PutObjectOptions{Checksum: minio.ChecksumSHA256, PartSize: partSize})
	if err != nil {
		return t.fail("s3:PutObject in parts (and s3:AbortMultipartUpload)", t.bucket, err)
	}
	got, _, err := t.whole(ctx, t.bucket, t.name+"-delen")
	if err != nil {
		return t.fail("s3:GetObject", t.bucket, err)
	}
	t.judge("delen schrijven", bytes.Equal(got, data), "bucket %s gives back other bytes than were uploaded in parts; the gateway's operator must choose another store", t.bucket)
	return nil
}

// shutsOut: without a key nothing is read.
func (t *trial) shutsOut(ctx context.Context) error {
	lookup := minio.BucketLookupDNS
	if t.c.PathStyle {
		lookup = minio.BucketLookupPath
	}
	anyone, err := minio.NewCore(t.client.EndpointURL().Host, &minio.Options{Secure: true, Transport: t.plain, Region: t.c.Region, BucketLookup: lookup,
		Creds: credentials.NewStatic("", "", "", credentials.SignatureAnonymous), MaxRetries: 1})
	if err != nil {
		return fmt.Errorf("s3: %w", err)
	}
	body, _, _, err := anyone.GetObject(ctx, t.bucket, t.name, minio.GetObjectOptions{})
	if err == nil {
		_ = body.Close()
	}
	t.judge("afscherming", err != nil, "anyone can read bucket %s without a key; the store's operator must take that policy away at once", t.bucket)
	return nil
}

// erases: of what was erased no version is left, in the list or behind its id.
func (t *trial) erases(ctx context.Context) error {
	name := t.name + "-weg"
	var ids []string
	for _, text := range []string{"one", "two"} {
		info, err := t.put(ctx, t.bucket, name, []byte(text), minio.PutObjectOptions{})
		if err != nil {
			return t.fail("s3:PutObject", t.bucket, err)
		}
		ids = append(ids, info.VersionID)
	}
	if err := t.erase(ctx, t.bucket, []string{name}); err != nil {
		return err
	}
	left, err := t.versions(ctx, t.bucket, name, func(key string) bool { return key == name })
	if err != nil {
		return err
	}
	gone := len(left) == 0
	for _, id := range append(ids, "") {
		body, _, _, err := t.client.GetObject(ctx, t.bucket, name, minio.GetObjectOptions{VersionID: id})
		if err == nil {
			gone = false
			_ = body.Close()
		}
	}
	t.judge("wissen", gone, "bucket %s keeps versions of what was erased; the store's operator must let the gateway's key delete versions (s3:DeleteObjectVersion) for good, or switch keeping versions off", t.bucket)
	return nil
}

// mayLock: the log's bucket can lock what it is told to, and locks nothing else.
func (t *trial) mayLock(ctx context.Context) error {
	err := t.canLock(ctx)
	var why *refusal
	if errors.As(err, &why) && why.cause == nil {
		t.over = true
		t.say("slot", Refused, "%s", why.text)
		return nil
	}
	return err
}

// locks: what is locked cannot be deleted by the key that stored it.
func (t *trial) locks(ctx context.Context) error {
	name := t.name + "-slot"
	info, err := t.put(ctx, t.bucket, name, []byte("locked"), minio.PutObjectOptions{Mode: minio.Compliance, RetainUntilDate: time.Now().Add(probeLock)})
	if err != nil {
		return t.fail("s3:PutObject and s3:PutObjectRetention", t.bucket, err)
	}
	_ = t.client.RemoveObject(ctx, t.bucket, name, minio.RemoveObjectOptions{VersionID: info.VersionID}) // what counts is what is there
	body, _, _, still := t.client.GetObject(ctx, t.bucket, name, minio.GetObjectOptions{VersionID: info.VersionID})
	if still == nil {
		_ = body.Close()
	}
	t.judge("slot", still == nil && info.VersionID != "", "bucket %s lets a locked object be deleted, so that the log could be rewritten; the store's operator must bring a version that keeps object lock in compliance mode, or the gateway's operator must choose another store", t.bucket)
	return nil
}

// encrypts: whether the store does the encryption it was asked for. The gateway does not use it, so this only warns others.
func (t *trial) encrypts(ctx context.Context) error {
	if t.bucket != t.c.Bodies {
		return nil
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	sse, err := encrypt.NewSSEC(key)
	if err != nil {
		return fmt.Errorf("s3: %w", err)
	}
	name := t.name + "-sse"
	if _, err := t.put(ctx, t.bucket, name, []byte("secret"), minio.PutObjectOptions{ServerSideEncryption: sse}); err != nil {
		t.say("versleuteling", Noted, "the store does not take a key for its own encryption (SSE-C); the gateway does not use it, because it encrypts before it stores")
		return nil
	}
	body, _, _, err := t.client.GetObject(ctx, t.bucket, name, minio.GetObjectOptions{})
	if err == nil {
		_ = body.Close()
		t.say("versleuteling", Noted, "the store says that it encrypts under the key it was given (SSE-C) and does not; the gateway does not use it, because it encrypts before it stores, but nobody else may rely on it")
		return nil
	}
	t.say("versleuteling", Sound, "")
	return nil
}

// clears: whether the second net is there.
func (t *trial) clears(ctx context.Context) error {
	rules, err := t.client.GetBucketLifecycle(ctx, t.bucket)
	if err != nil || rules.Empty() {
		t.say("vangnet", Noted, "bucket %s has no rules that clear up what retention leaves behind, or the gateway may not see them; the gateway's operator can set them by preparing the store again", t.bucket)
		return nil
	}
	t.say("vangnet", Sound, "")
	return nil
}
