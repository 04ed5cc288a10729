/// What a server found out about a request when it accepted it by its head: who takes it, for whom, with which key.
///
/// It is carried from ``HeadDecision/accept(bodyLimit:as:)`` to ``ConnectionAction/deliver(_:_:as:)`` and to every refusal in
/// between, and not looked into: whoever decided gets it back, and has nothing to decide again. A class, so that to carry it
/// costs a reference.
public protocol Acceptance: AnyObject, Sendable {}
