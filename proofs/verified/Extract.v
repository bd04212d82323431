(** The program that proofs/formal/checker proves right, as OCaml.

    Integers become Zarith's, natural numbers OCaml's (no number in a ticket comes near 2^62). What is written
    by hand below is tested against Coq's own computation by tests/proofs/verified. *)
Require Import NArith ZArith List Bool Arith.
From Pmone Require Import Philox Combinations PrunedLayer Replay Dyadic SpectralNorm Verify.
Require Import ExtrOcamlBasic ExtrOcamlNatInt ExtrOcamlZBigInt.
Extraction Blacklist Z Big_int_Z List String Nat.

Extract Inlined Constant Nat.ltb => "Primitives.lt".
Extract Inlined Constant Nat.leb => "Primitives.le".
Extract Inlined Constant Nat.eqb => "Primitives.eq".
Extract Constant Nat.compare => "(fun (a : int) b -> if a < b then Lt else if a = b then Eq else Gt)".
Extract Inlined Constant Z.leb => "Zz.leq".
Extract Inlined Constant Z.ltb => "Zz.lt".
Extract Inlined Constant Z.eqb => "Zz.equal".
Extract Inlined Constant Z.even => "Zz.is_even".
Extract Inlined Constant Z.add => "Zz.add".
Extract Inlined Constant Z.sub => "Zz.sub".
Extract Inlined Constant Z.mul => "Zz.mul".
Extract Inlined Constant Z.opp => "Zz.neg".
Extract Inlined Constant Z.land => "Zz.logand".
Extract Inlined Constant Z.lxor => "Zz.logxor".
Extract Inlined Constant Z.div2 => "Primitives.div2".
Extract Inlined Constant Z.of_nat => "Zz.of_int".
Extract Inlined Constant Z.to_pos => "Primitives.to_pos".
Extract Inlined Constant N.eqb => "Zz.equal".
Extract Inlined Constant N.land => "Zz.logand".
Extract Inlined Constant N.lxor => "Zz.logxor".
Extract Inlined Constant N.testbit => "Primitives.testbit".
Extract Inlined Constant N.of_nat => "Zz.of_int".
Extract Inlined Constant Pos.of_succ_nat => "Primitives.of_succ_nat".
Extract Inductive positive => "Zz.t"
  [ "(fun x -> Zz.succ (Zz.shift_left x 1))" "(fun x -> Zz.shift_left x 1)" "Zz.one" ] "Primitives.positive".
Extract Inlined Constant Z.shiftl => "Primitives.shiftl".
Extract Inlined Constant Z.shiftr => "Primitives.shiftr".
Extract Inlined Constant N.shiftr => "Primitives.shiftr".
Extract Inlined Constant philox => "Primitives.philox".

Extraction "extracted.ml" verify rounds word64 fills.
