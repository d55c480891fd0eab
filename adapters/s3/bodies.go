// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/keys"
)

// A body under the key of a month is tagged, so that the store's own rule (see Prepare) deletes it long after its term. A
// body on hold has another scope and no tag: how long it is kept only truth knows.
const (
	tagTerm  = "termijn"
	tagMonth = "maand"
)

// apart is how many municipalities a commit may have for each to get an object of its own. A request to the store costs
// more than its bytes: beyond this, a commit would wait for its objects longer than for all else.
const apart = 16

// together is the first part of the name of an object that bodies of many municipalities share.
const together = "samen"

// Bodies is a mailbox.Bodies: one object per call of Put and scope, or one for all of a month where a call has many scopes;
// each body in it encrypted with AES-256-GCM under a key of its own and bound to the object's name and its place there
// (docs/decisions/0020-bodies-in-objects.md).
type Bodies struct{ s *Store }

// Bodies gives the bucket of bodies.
func (s *Store) Bodies() *Bodies { return &Bodies{s} }

// Put implements [mailbox.Bodies].
func (b *Bodies) Put(ctx context.Context, bodies []seal.Body) ([]mailbox.Place, error) {
	groups, err := grouped(bodies)
	if err != nil {
		return nil, gateway.Fail(gateway.KindInternal, err)
	}
	places := make([]mailbox.Place, len(bodies))
	err = b.s.each(ctx, len(groups), func(ctx context.Context, n int) error {
		var some []seal.Body
		for _, i := range groups[n].members {
			some = append(some, bodies[i])
		}
		found, err := b.putGroup(ctx, groups[n].folder, some)
		for k, p := range found { // each goroutine has elements of its own
			places[groups[n].members[k]] = p
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return places, nil
}

// group is the bodies that share an object: folder is its name without its own id.
type group struct {
	folder  string
	members []int // places in the slice that was given
}

func grouped(bodies []seal.Body) (groups []group, err error) {
	scopes := map[string]bool{}
	for _, body := range bodies {
		if err := checkScope(body.Scope); err != nil {
			return nil, err
		}
		scopes[body.Scope] = true
	}
	at := map[string]int{}
	for i, body := range bodies {
		folder := body.Scope
		if _, month, _ := strings.Cut(body.Scope, "/"); len(scopes) > apart && isMonth(month) {
			folder = together + "/" + month
		}
		n, known := at[folder]
		if !known {
			n = len(groups)
			at[folder], groups = n, append(groups, group{folder: folder})
		}
		groups[n].members = append(groups[n].members, i)
	}
	return groups, nil
}

// putGroup stores bodies as one object. A name that is taken is left alone and another one made.
func (b *Bodies) putGroup(ctx context.Context, folder string, bodies []seal.Body) (places []mailbox.Place, err error) {
	var o minio.PutObjectOptions
	if _, last, _ := strings.Cut(folder, "/"); isMonth(last) {
		o.UserTags = map[string]string{tagTerm: tagMonth}
	}
	for range tries {
		name := folder + "/" + string(gateway.NewUUID(time.Now(), nil))
		var data []byte
		places, data = lock(name, bodies)
		if err = b.s.putNew(ctx, b.s.c.Bodies, name, data, o); !errors.Is(err, errTaken) {
			return places, err
		}
	}
	return nil, gateway.Fail(gateway.KindUnavailable, err)
}

func checkScope(scope string) error {
	if err := keys.CheckScope(scope); err != nil {
		return err
	}
	for part := range strings.SplitSeq(scope, "/") {
		if strings.Trim(part, ".") == "" { // empty, or a path that means another
			return keys.ErrItem
		}
	}
	return nil
}

func isMonth(s string) bool {
	_, err := time.Parse("2006-01", s)
	return err == nil
}

// lock encrypts bodies one after another and says where each lies.
func lock(name string, bodies []seal.Body) ([]mailbox.Place, []byte) {
	size := 0
	for _, body := range bodies {
		size += len(body.Wrapped) + tagSize
	}
	places, data := make([]mailbox.Place, len(bodies)), make([]byte, 0, size)
	for i, body := range bodies {
		p := mailbox.Place{Object: name, Offset: int64(len(data)), Size: int64(len(body.Wrapped) + tagSize)}
		_, _ = rand.Read(p.Key[:]) // never fails
		data = bodyCipher(p).Seal(data, zeroNonce(), body.Wrapped, boundTo(p))
		places[i] = p
	}
	return places, data
}

const tagSize = 16 // of AES-GCM

// zeroNonce is enough, because a key encrypts one body and nothing else.
func zeroNonce() []byte { return make([]byte, 12) }

func bodyCipher(p mailbox.Place) cipher.AEAD {
	block, err := aes.NewCipher(p.Key[:])
	if err != nil { // a key of 32 bytes is always right
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

// boundTo makes a body unreadable at any other place.
func boundTo(p mailbox.Place) []byte {
	return fmt.Appendf(nil, "seinhuis body 1\n%s\n%d", p.Object, p.Offset)
}

// Erase implements [mailbox.Bodies].
func (b *Bodies) Erase(ctx context.Context, objects []string) error {
	return b.s.erase(ctx, b.s.c.Bodies, objects)
}

// Before implements [mailbox.Bodies]. It sees versions and delete markers too, so that an object of which an interrupted
// Erase left something is listed until nothing is left.
func (b *Bodies) Before(ctx context.Context, at time.Time) iter.Seq2[mailbox.Object, error] {
	return func(yield func(mailbox.Object, error) bool) {
		ctx, cancel := context.WithCancel(ctx) // ends the listing when its reader stops
		defer cancel()
		var last mailbox.Object
		flush := func() bool {
			return last.Name == "" || isProbe(last.Name) || !last.At.Before(at) || yield(last, nil)
		}
		for o := range b.s.client.ListObjectsIter(ctx, b.s.c.Bodies, minio.ListObjectsOptions{Recursive: true, WithVersions: true}) {
			if o.Err != nil {
				yield(mailbox.Object{}, b.s.fail("s3:ListBucketVersions", b.s.c.Bodies, o.Err))
				return
			}
			if o.Key != last.Name {
				if !flush() {
					return
				}
				last = mailbox.Object{Name: o.Key}
			}
			if o.LastModified.After(last.At) {
				last.At = o.LastModified
			}
		}
		if err := ctx.Err(); err != nil { // a listing that was given up ends without a word
			yield(mailbox.Object{}, b.s.fail("", "", err))
			return
		}
		flush()
	}
}
