(** * Dyadic: numbers m * 2^e with integers m and e, added, multiplied and compared without rounding. *)
Require Import ZArith Reals Lra Lia.
Local Open Scope R_scope.

Definition two (e : Z) : R := powerRZ 2 e.
Lemma two_pos e : 0 < two e.
Proof. apply powerRZ_lt. lra. Qed.
Lemma two_0 : two 0 = 1. Proof. reflexivity. Qed.
Lemma two_add a b : two (a + b) = two a * two b.
Proof. apply powerRZ_add. lra. Qed.
Lemma two_neg a : two (- a) * two a = 1.
Proof. rewrite <- two_add. replace (- a + a)%Z with 0%Z by lia. reflexivity. Qed.
Lemma two_shift z e : (0 <= e)%Z -> IZR (Z.shiftl z e) = IZR z * two e.
Proof.
  intros H. rewrite Z.shiftl_mul_pow2 by auto. rewrite mult_IZR. f_equal. unfold two.
  rewrite <- (Z2Nat.id e) by auto. rewrite <- pow_IZR, <- pow_powerRZ. reflexivity.
Qed.

Record dyadic := Dyadic { mantissa : Z; exponent : Z }.
Definition value (d : dyadic) : R := IZR (mantissa d) * two (exponent d).
Definition dmul (a b : dyadic) : dyadic := Dyadic (mantissa a * mantissa b) (exponent a + exponent b).
Definition dadd (a b : dyadic) : dyadic :=
  let e := Z.min (exponent a) (exponent b) in
  Dyadic (Z.shiftl (mantissa a) (exponent a - e) + Z.shiftl (mantissa b) (exponent b - e)) e.
Lemma dmul_ok a b : value (dmul a b) = value a * value b.
Proof. unfold value, dmul. cbn [mantissa exponent]. rewrite mult_IZR, two_add. ring. Qed.
Lemma dadd_ok a b : value (dadd a b) = value a + value b.
Proof.
  unfold value, dadd. cbn [mantissa exponent]. set (e := Z.min _ _).
  rewrite plus_IZR, !two_shift by lia. rewrite Rmult_plus_distr_r, !Rmult_assoc, <- !two_add.
  do 2 f_equal; do 2 f_equal; lia.
Qed.
(** whether d <= n / den, for den > 0 *)
Definition at_most (d : dyadic) (n den : Z) : bool :=
  if Z.leb 0 (exponent d) then Z.leb (Z.shiftl (mantissa d) (exponent d) * den) n
  else Z.leb (mantissa d * den) (Z.shiftl n (- exponent d)).
Lemma at_most_ok d n den : (0 < den)%Z -> at_most d n den = true -> value d <= IZR n / IZR den.
Proof.
  intros Hd H. apply IZR_lt in Hd. unfold at_most, value in *. destruct (Z.leb_spec 0 (exponent d)) as [E|E].
  - apply Z.leb_le, IZR_le in H. rewrite mult_IZR, two_shift in H by auto.
    apply Rmult_le_reg_r with (IZR den); auto. unfold Rdiv. rewrite (Rmult_assoc (IZR n)), Rinv_l by lra. lra.
  - apply Z.leb_le, IZR_le in H. rewrite mult_IZR, two_shift in H by lia.
    apply Rmult_le_reg_r with (IZR den); auto. unfold Rdiv. rewrite (Rmult_assoc (IZR n)), Rinv_l by lra.
    pose proof (two_pos (exponent d)) as P. apply (Rmult_le_compat_r (two (exponent d))) in H; [|lra].
    rewrite (Rmult_assoc (IZR n)), two_neg in H. lra.
Qed.
