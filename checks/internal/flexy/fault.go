package flexy

// A Fault is the reason why there is no trustworthy answer. Its zero value is an
// internal error.
type Fault int

const (
	FaultInternal         Fault = iota
	FaultNoSuchHost             // NXDOMAIN
	FaultDNS                    // the DNS lookup failed
	FaultConnect                // refused, unreachable
	FaultUnknownAuthority       // the server's certificate is signed by an unknown authority
	FaultHostname               // the server's certificate is for another host name
	FaultCertificate            // the server's certificate is invalid: expired, for example
	FaultTLS                    // any other TLS handshake failure
	FaultProxy                  // the proxy refused to connect
	FaultProxyUnreachable       // cannot connect to the proxy
	FaultNoSuchProxy            // NXDOMAIN for the proxy's host name
	FaultPlainHTTP              // plain http off loopback
	FaultRoots                  // the certificate authorities could not be read in time
	FaultTimeout                // no complete answer in time
	FaultTruncated              // the connection closed before the answer was complete
	FaultMalformed              // not a valid HTTP response, or its header is too large
	FaultTooLarge               // the body of a 200 is larger than MaxBody
	FaultShape                  // the body of a 200 is not the documented JSON
	FaultContradiction          // success: false with a 200
	FaultHeaderLost             // MISSING_ACCESS_TOKEN although the key was sent
	FaultRefused                // the API: any other 4xx with an error code
	FaultRoute                  // the API's router: it has no such path
	FaultCDN                    // the CDN before the API: 403
	FaultUnauthorized           // a 401 that is not the API's
	FaultFirewall               // a 403 that is not the API's
	FaultRedirect               // 3xx
	FaultRateLimited            // 429
	FaultServer                 // 5xx
	FaultUnverified             // 5xx: the API could not verify the key in time (AUTH_UNAVAILABLE)
	FaultOrigin                 // 5xx of the CDN: the API itself has trouble
	FaultNetwork                // 511: a network on the way wants its user to sign in
	FaultStatus                 // any other status
	FaultInterrupted            // the run was cancelled
	FaultOutOfTime              // the time limit for all requests was reached
	FaultHeld                   // the lockout guard did not allow the key to be sent
	FaultRetryAfter             // the API asks for a wait longer than the time left
)

// transient is the closed list of the faults that may pass by themselves. Together
// with [Blocked], they are all that `on-unavailable: warn` lets through. A fault that
// is true here also makes a balance that could not be had no failure of the key.
var transient = map[Fault]bool{
	FaultNoSuchHost:       true,
	FaultDNS:              true,
	FaultConnect:          true,
	FaultUnknownAuthority: true,
	FaultHostname:         true,
	FaultCertificate:      true,
	FaultTLS:              true,
	FaultProxy:            true,
	FaultProxyUnreachable: true,
	FaultNoSuchProxy:      true,
	FaultRoots:            true,
	FaultTimeout:          true,
	FaultTruncated:        true,
	FaultOutOfTime:        true,
	FaultRateLimited:      true,
	FaultRetryAfter:       true,
	FaultServer:           true,
	FaultUnverified:       true,
	FaultOrigin:           true,
	FaultNetwork:          true,
	FaultCDN:              false,
	FaultTooLarge:         false,
	FaultShape:            false,
	FaultContradiction:    false,
}

// MayPass reports whether what kept the API from judging the key may pass by itself.
func (a Answer) MayPass() bool {
	_, listed := transient[a.Fault]
	return a.Outcome == Blocked || a.Outcome == Unavailable && listed
}

// Down reports whether the network or a server's fault kept the API from answering.
func (a Answer) Down() bool { return a.Outcome == Unavailable && transient[a.Fault] }

// StatusFault returns the fault for an answer that is not in the API's form, by its
// status alone.
func StatusFault(status int) Fault {
	switch {
	case status == StatusOK:
		return FaultShape
	case status == StatusUnauthorized:
		return FaultUnauthorized
	case status == statusForbidden:
		return FaultFirewall
	case status == statusTooManyRequests:
		return FaultRateLimited
	case status == statusNetworkAuthenticationRequired:
		return FaultNetwork
	case status/100 == 3:
		return FaultRedirect
	case status/100 == 5:
		return FaultServer
	}
	return FaultStatus
}

// cdnFault returns the fault for an answer of the CDN, which has no JSON.
func cdnFault(status int) Fault {
	switch fault := StatusFault(status); fault {
	case FaultFirewall:
		return FaultCDN
	case FaultServer:
		return FaultOrigin
	default:
		return fault
	}
}
