package flexy

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"flexy-key-check/checks/internal/plain"
)

const maxDepth = 16 // largest depth of nested objects and arrays in a body

var errShape = errors.New("not the documented shape")

// object is a JSON object.
type object = map[string]any

// at returns the value at a path of names in nested objects, or nil.
func at(doc object, path ...string) any {
	var v any = doc
	for _, name := range path {
		o, _ := v.(object)
		v = o[name]
	}
	return v
}

// parse parses a body: exactly one JSON object in valid UTF-8, at most maxDepth
// deep, in which no object contains a name twice, even in another case, because
// encoding/json would use the last of them.
func parse(body []byte) (object, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, errShape
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := value(d, maxDepth)
	if err != nil {
		return nil, err
	}
	doc, ok := v.(object)
	if !ok {
		return nil, errShape
	}
	return doc, nil
}

// value reads the next value of a valid JSON document, at most depth deep.
func value(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		o, names := object{}, map[string]bool{}
		err := members(d, depth, func() error {
			t, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := t.(string)
			folded := plain.Fold(name)
			if names[folded] {
				return errShape
			}
			names[folded] = true
			o[name], err = value(d, depth-1)
			return err
		})
		return o, err
	case json.Delim('['):
		a := []any{}
		err := members(d, depth, func() error {
			v, err := value(d, depth-1)
			a = append(a, v)
			return err
		})
		return a, err
	}
	return t, nil
}

// members calls read for each member of the object or array whose opening token
// was read last, and reads the closing token.
func members(d *json.Decoder, depth int, read func() error) error {
	if depth == 0 {
		return errShape
	}
	for d.More() {
		if err := read(); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
