(* What Extract.v writes by hand: each is what Coq's function of the same name is on the numbers that
   stand for its arguments. tests/proofs/verified compares them with Coq's own computation. *)

let lt (a : int) (b : int) = a < b
let le (a : int) (b : int) = a <= b
let eq (a : int) (b : int) = a = b

(* Case analysis of 2q + 1, 2q and 1. *)
let positive odd even one p =
  if Z.equal p Z.one then one ()
  else
    let q = Z.shift_right p 1 in
    if Z.is_even p then even q else odd q

let shiftl z n =
  let n = Z.to_int n in
  if n >= 0 then Z.shift_left z n else Z.shift_right z (-n)

let shiftr z n =
  let n = Z.to_int n in
  if n >= 0 then Z.shift_right z n else Z.shift_left z (-n)

let div2 z = Z.shift_right z 1
let to_pos z = if Z.sign z <= 0 then Z.one else z
let testbit z i = Z.testbit z (Z.to_int i)
let of_succ_nat n = Z.of_int (n + 1)

(* The upper half of the unsigned 128-bit product. *)
let high a b =
  let open Int64 in
  let mask = 0xFFFFFFFFL in
  let a0 = logand a mask and a1 = shift_right_logical a 32 in
  let b0 = logand b mask and b1 = shift_right_logical b 32 in
  let low = mul a0 b0 and cross = mul a1 b0 in
  let middle = add (logand cross mask) (add (mul a0 b1) (shift_right_logical low 32)) in
  add (mul a1 b1) (add (shift_right_logical cross 32) (shift_right_logical middle 32))

let int64_of z = Z.to_int64 (Z.signed_extract z 0 64)
let unsigned w = Z.extract (Z.of_int64 w) 0 64

(* Philox4x64-10 for the counter g + 1 and the key (seed, t). *)
let philox seed t g =
  let c0 = ref (Int64.add (int64_of g) 1L) and c1 = ref 0L and c2 = ref 0L and c3 = ref 0L in
  let k0 = ref (int64_of seed) and k1 = ref (int64_of t) in
  for _ = 1 to 10 do
    let h0 = high 0xD2E7470EE14C6C93L !c0 and l0 = Int64.mul 0xD2E7470EE14C6C93L !c0 in
    let h1 = high 0xCA5A826395121157L !c2 and l1 = Int64.mul 0xCA5A826395121157L !c2 in
    c0 := Int64.logxor (Int64.logxor h1 !c1) !k0;
    c1 := l1;
    c2 := Int64.logxor (Int64.logxor h0 !c3) !k1;
    c3 := l0;
    k0 := Int64.add !k0 0x9E3779B97F4A7C15L;
    k1 := Int64.add !k1 0xBB67AE8584CAA73BL
  done;
  (((unsigned !c0, unsigned !c1), unsigned !c2), unsigned !c3)
