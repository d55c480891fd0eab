// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"context"
	"slices"
	"sync"

	"github.com/minio/minio-go/v7"
)

// erase removes objects so that no version of them is left. In a bucket that keeps versions each is removed by its id,
// which leaves no delete marker; a bucket that never kept any needs no list. It takes turns, so that nobody calls it in one.
func (s *Store) erase(ctx context.Context, bucket string, names []string) error {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if len(names) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return s.fail("", "", err)
	}
	var versioning minio.BucketVersioningConfiguration
	err := s.turn(ctx, func(ctx context.Context) (err error) {
		versioning, err = s.client.GetBucketVersioning(ctx, bucket)
		return s.fail("s3:GetBucketVersioning", bucket, err)
	})
	if err != nil {
		return err
	}
	var all []minio.ObjectInfo
	if versioning.Status == "" {
		for _, name := range names {
			all = append(all, minio.ObjectInfo{Key: name})
		}
		return s.removeAll(ctx, bucket, all)
	}
	var mu sync.Mutex
	err = s.each(ctx, len(names), func(ctx context.Context, i int) error {
		found, err := s.versions(ctx, bucket, names[i], func(key string) bool { return key == names[i] })
		mu.Lock()
		defer mu.Unlock()
		all = append(all, found...)
		return err
	})
	if err != nil {
		return err
	}
	return s.removeAll(ctx, bucket, all)
}

// removeAll removes a thousand versions at a time: more do not go in one request.
func (s *Store) removeAll(ctx context.Context, bucket string, all []minio.ObjectInfo) error {
	for some := range slices.Chunk(all, 1000) {
		if err := s.turn(ctx, func(ctx context.Context) error { return s.remove(ctx, bucket, some) }); err != nil {
			return err
		}
	}
	return nil
}

// versions lists every version and delete marker under a prefix that is wanted.
func (s *Store) versions(ctx context.Context, bucket, prefix string, wanted func(key string) bool) (all []minio.ObjectInfo, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range s.client.ListObjectsIter(ctx, bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true, WithVersions: true}) {
		if o.Err != nil {
			return nil, s.fail("s3:ListBucketVersions", bucket, o.Err)
		}
		if o.Key > prefix && !wanted(o.Key) { // names come in order, so the wanted one is behind us
			if wanted(prefix) {
				break
			}
			continue
		}
		if wanted(o.Key) {
			all = append(all, minio.ObjectInfo{Key: o.Key, VersionID: o.VersionID})
		}
	}
	return all, s.fail("s3:ListBucketVersions", bucket, ctx.Err())
}

// remove removes versions, and the ones of which the store's answer says nothing once more, each alone: one that another
// node removed at the same time is among them.
func (s *Store) remove(ctx context.Context, bucket string, all []minio.ObjectInfo) error {
	results, err := s.client.RemoveObjectsWithIter(ctx, bucket, slices.Values(all), minio.RemoveObjectsOptions{})
	if err != nil {
		return s.fail("s3:DeleteObject", bucket, err)
	}
	type version struct{ key, id string }
	gone := map[version]bool{}
	for r := range results {
		if c := code(r.Err); r.Err != nil && c != codeNoKey && c != codeNoPart {
			return s.fail("s3:DeleteObjectVersion", bucket, r.Err)
		}
		gone[version{r.ObjectName, r.ObjectVersionID}] = true
	}
	if err := ctx.Err(); err != nil { // it ends without a word then
		return s.fail("", "", err)
	}
	for _, o := range all {
		if gone[version{o.Key, o.VersionID}] {
			continue
		}
		err := s.client.RemoveObject(ctx, bucket, o.Key, minio.RemoveObjectOptions{VersionID: o.VersionID})
		if c := code(err); err != nil && c != codeNoKey && c != codeNoPart {
			return s.fail("s3:DeleteObjectVersion", bucket, err)
		}
	}
	return nil
}
