// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/minio/minio-go/v7"

	"github.com/seinhuis/seinhuis/gateway"
)

// maxWhole is the largest object that is read into memory as one.
const maxWhole = 256 << 20

// errTaken says that a name holds other content.
var errTaken = errors.New("s3: the name is taken by other content")

// errAltered says that the store has other bytes than it was given.
var errAltered = errors.New("s3: the store says that it stored other bytes than it was given; its operator must find out why")

// sumHeader carries the SHA-256 of what is stored. It is given beforehand, because the client's own trailing checksum goes
// on counting when a request is tried again and then is of both tries together.
const sumHeader = "X-Amz-Checksum-Sha256"

// put stores data under a name, with its SHA-256 for the store to check.
func (s *Store) put(ctx context.Context, bucket, name string, data []byte, o minio.PutObjectOptions) (minio.UploadInfo, error) {
	sum := sha256.Sum256(data)
	text := base64.StdEncoding.EncodeToString(sum[:])
	metadata := map[string]string{sumHeader: text}
	maps.Copy(metadata, o.UserMetadata)
	o.UserMetadata, o.DisableMultipart, o.ContentType = metadata, true, "application/octet-stream"
	info, err := s.client.Client.PutObject(ctx, bucket, name, bytes.NewReader(data), int64(len(data)), o)
	if err != nil {
		return info, err
	}
	if info.ChecksumSHA256 != "" && info.ChecksumSHA256 != text {
		return info, gateway.Fail(gateway.KindUnavailable, errAltered)
	}
	return info, nil
}

// putNew stores data under a name that must be free. An answer that got lost makes the retry find the name taken: by what
// it stored itself. So the same content is fine, and other content is errTaken.
func (s *Store) putNew(ctx context.Context, bucket, name string, data []byte, o minio.PutObjectOptions) error {
	o.SetMatchETagExcept("*")
	_, err := s.put(ctx, bucket, name, data, o)
	switch code(err) {
	case codeTaken, codeConflict:
		there, _, err := s.whole(ctx, bucket, name)
		if err == nil && !bytes.Equal(there, data) {
			return errTaken
		}
		return s.fail("s3:GetObject", bucket, err) // NoSuchKey after a conflict: the caller tries again
	}
	return s.fail(putNeeds(o), bucket, err)
}

// putNeeds names the permissions that a put needs.
func putNeeds(o minio.PutObjectOptions) string {
	switch {
	case o.Mode != "":
		return "s3:PutObject with s3:PutObjectRetention"
	case o.UserTags != nil:
		return "s3:PutObject with s3:PutObjectTagging"
	}
	return "s3:PutObject"
}

// whole reads an object as one. Its errors are those of the store; a body that is cut is read again.
func (s *Store) whole(ctx context.Context, bucket, name string) ([]byte, minio.ObjectInfo, error) {
	var broken error
	for range tries {
		body, info, _, err := s.client.GetObject(ctx, bucket, name, minio.GetObjectOptions{})
		if err != nil {
			return nil, info, err
		}
		if info.Size > maxWhole {
			return nil, info, errors.Join(fmt.Errorf("an object of %d bytes where a small one belongs", info.Size), body.Close())
		}
		data, err := readFull(body, info.Size)
		if err == nil {
			return data, info, nil
		}
		if broken = err; ctx.Err() != nil {
			break
		}
	}
	return nil, minio.ObjectInfo{}, broken
}

// readFull reads exactly size bytes and closes.
func readFull(body io.ReadCloser, size int64) ([]byte, error) {
	data := make([]byte, size)
	_, err := io.ReadFull(body, data)
	if err == io.EOF { // of the beginning: none of what was promised
		err = io.ErrUnexpectedEOF
	}
	return data, errors.Join(err, body.Close())
}
