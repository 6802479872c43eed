package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// The error codes that concern keys.
const (
	CodeMissing      = "MISSING_ACCESS_TOKEN"
	CodeInvalid      = "INVALID_ACCESS_TOKEN"
	CodeInvalidAlias = "ERR_AUTH"
	CodeNotAllowed   = "IP_NOT_ALLOWED"
	CodeBlocked      = "IP_BLOCKED"
	CodeDisabled     = "API_DISABLED"
)

// An answer is a status and the JSON body that all v3 endpoints share.
type answer struct {
	status int
	route  any // the router's body instead

	Success   bool      `json:"success"`
	Data      any       `json:"data,omitempty"` // validData or balanceData
	Error     *apiError `json:"error,omitempty"`
	Meta      *meta     `json:"meta,omitempty"`
	RequestID string    `json:"requestId,omitempty"`
}

type validData struct {
	Username string `json:"username"`
	APIKey   apiKey `json:"apiKey"`
}

type balanceData struct {
	Balance json.Number `json:"balance"`
}

type apiKey struct {
	Key        string   `json:"key"`
	IsEnabled  bool     `json:"isEnabled"`
	Type       string   `json:"type"`
	AllowedIPs []string `json:"allowedips"`
	Scope      string   `json:"scope"`
}

type apiError struct {
	Code         string         `json:"code"`
	Message      string         `json:"message"`
	AttemptsLeft *int           `json:"attemptsLeft,omitempty"`
	Details      map[string]any `json:"details,omitempty"`
}

type meta struct {
	Timestamp string `json:"timestamp"`
}

// success returns the answer for a key that validates.
func success(key Key) answer {
	return answer{status: http.StatusOK, Success: true, Data: validData{
		Username: key.Username,
		APIKey: apiKey{
			Key:        cmp.Or(key.Echo, key.Text),
			IsEnabled:  key.Enabled,
			Type:       key.Type,
			AllowedIPs: append([]string{}, key.AllowedIPs...), // [], never null
			Scope:      key.Scope,
		},
	}}
}

// balance returns the answer with the balance of a key's account.
func balance(key Key) answer {
	return answer{status: http.StatusOK, Success: true, Data: balanceData{key.Balance}}
}

// failure returns an error in the documented form.
func failure(status int, code, message string, details map[string]any) answer {
	return answer{status: status, Error: &apiError{Code: code, Message: message, Details: details}}
}

// rejection returns the answer for an unknown key.
func rejection(code string, place Place, left int) answer {
	ans := failure(http.StatusUnauthorized, code, "The provided access token is invalid", nil)
	switch place {
	case InDetails:
		ans.Error.Details = map[string]any{"attemptsLeft": left}
	case InError:
		ans.Error.AttemptsLeft = &left
	case InMessage:
		ans.Error.Message += fmt.Sprintf(". %d attempts left before your IP is blocked for 15 minutes", left)
	case Nowhere:
	}
	return ans
}

// plainError returns an error of a status that has nothing to do with keys: with a
// code of the API's, or with a code and message such as NOT_FOUND and "Not Found".
func plainError(status int) answer {
	message := cmp.Or(http.StatusText(status), "Error")
	code := strings.ToUpper(strings.ReplaceAll(message, " ", "_"))
	switch status {
	case http.StatusTooManyRequests:
		code = "RATE_LIMIT_EXCEEDED"
	case http.StatusInternalServerError:
		code = "INTERNAL_ERROR"
	}
	return failure(status, code, message, nil)
}

// noRoute returns the router's answer to a request for a path that does not exist.
func noRoute(r *http.Request) answer {
	return answer{status: http.StatusNotFound, route: struct {
		Message    string `json:"message"`
		Error      string `json:"error"`
		StatusCode int    `json:"statusCode"`
	}{"Route " + r.Method + ":" + r.URL.Path + " not found", "Not Found", http.StatusNotFound}}
}

// send writes an answer with the next request ID.
func (a *API) send(w http.ResponseWriter, ans answer) {
	id := a.nextID(w)
	if a.opts.Documented {
		ans.RequestID, ans.Meta = id, &meta{a.opts.Now().UTC().Format("2006-01-02T15:04:05.000Z")}
	} else if !ans.Success {
		ans.RequestID = id
	}
	var body any = ans
	if ans.route != nil {
		body = ans.route
	}
	text, err := json.Marshal(body)
	if err != nil { // details that JSON cannot express: a mistake in the test
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if ans.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodGet) // RFC 9110, section 15.5.6
	}
	w.WriteHeader(ans.status)
	_, _ = w.Write(text) // the caller may have hung up
}

// nextID returns the next request ID and sets the headers that identify an answer.
func (a *API) nextID(w http.ResponseWriter) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers++
	if a.opts.CDN {
		a.setRay(w)
	}
	if a.opts.Documented {
		return fmt.Sprintf("req_%06d", a.answers)
	}
	id := "req-" + strconv.FormatInt(int64(firstID+a.answers), 36)
	w.Header().Set("X-Request-Id", id)
	return id
}

// firstID makes request IDs that look like those seen, such as req-fpg.
const firstID = 20_000

// setRay sets the headers of the CDN.
func (a *API) setRay(w http.ResponseWriter) {
	w.Header().Set("CF-Ray", fmt.Sprintf("8f1a2b3c%08x-MRS", a.answers))
	w.Header().Set("Server", "cloudflare")
}
