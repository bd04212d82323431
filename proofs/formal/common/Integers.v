(** * Integers: the arithmetic with which programs decide and compute what the theorems are about.

    What the programs of all constructions share (HornerEvaluate.v, BlocksEvaluate.v,
    SignAgnosticEvaluate.v). Tolerances are given as fractions of integers, eps = en/ed.
    - [zsum]: sums of integers; [zp]: their powers.
    - [bits_ok] decides whether p bits meet the condition of Q1 ([bits_ok_sound]).
    - [zclog] computes [clog] ([zclog_ok]). *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Probability Network Quantize Explicit.
Import ListNotations.
Open Scope R_scope.

(** ** sums *)
Fixpoint zsum (f : nat -> Z) (l : list nat) : Z := match l with [] => 0 | a :: l' => f a +
  zsum f l' end%Z.
Lemma zsum_IZR f l : IZR (zsum f l) = rsum (fun a => IZR (f a)) l.
Proof. induction l; cbn; auto. rewrite plus_IZR, IHl. auto. Qed.
Lemma zsum_abs f l : (Z.abs (zsum f l) <= zsum (fun a => Z.abs (f a)) l)%Z.
Proof. induction l; cbn; lia. Qed.
Lemma zsum_le f g l : (forall a, In a l -> f a <= g a)%Z -> (zsum f l <= zsum g l)%Z.
Proof.
  induction l; intros H; cbn; [lia|]. pose proof (H a (or_introl eq_refl)).
  assert (zsum f l <= zsum g l)%Z by (apply IHl; intros; apply H; right; auto). lia.
Qed.
Lemma zsum_const c l : zsum (fun _ => c) l = (Z.of_nat (length l) * c)%Z.
Proof. induction l; cbn [zsum length]; lia. Qed.

(** ** powers *)
Open Scope Z_scope.
Definition zp (a : Z) (n : nat) : Z := a ^ Z.of_nat n.
Lemma zp_IZR a n : IZR (zp a n) = (IZR a ^ n)%R.
Proof. unfold zp. symmetry. apply pow_IZR. Qed.
Lemma zp_pos a n : 0 < a -> 0 < zp a n.
Proof. intros. unfold zp. apply Z.pow_pos_nonneg; lia. Qed.

Open Scope R_scope.
Lemma two_pow a b : (b <= a)%nat -> 2 ^ a = 2 ^ (a - b) * 2 ^ b.
Proof. intros. rewrite <- pow_add. f_equal. lia. Qed.
Lemma pow_half n : (1/2) ^ n * 2 ^ n = 1.
Proof. rewrite <- Rpow_mult_distr. replace (1/2 * 2) with 1 by field. apply pow1. Qed.
Lemma pow_tq n : (3/4) ^ n * 4 ^ n = 3 ^ n.
Proof. rewrite <- Rpow_mult_distr. f_equal. field. Qed.
Lemma four n : 4 ^ n = 2 ^ (2 * n).
Proof. rewrite pow_mult. f_equal. cbn. lra. Qed.

(** ** Q1's condition *)
Open Scope Z_scope.
Definition widths_of (ds : list nat) (i : nat) : nat := nth i ds 0%nat.
Definition bits_ok (ds : list nat) (en ed : Z) (p : nat) : bool :=
  zp (zp 2 (S p) + Z.of_nat (list_max ds)) (length ds - 1) * ed <=? (ed + en)
    * zp (zp 2 (S p)) (length ds - 1).

Open Scope R_scope.
Lemma nth_le_max ds i : (nth i ds 0 <= list_max ds)%nat.
Proof.
  destruct (Nat.lt_ge_cases i (length ds)) as [H|H].
  - pose proof (proj1 (list_max_le ds (list_max ds)) (le_n _)) as F. rewrite Forall_forall in F.
    apply F, nth_In; auto.
  - rewrite nth_overflow by auto. lia.
Qed.
Lemma bits_ok_sound ds en ed p : (0 < ed)%Z -> bits_ok ds en ed p = true ->
  (1 + eta_of (list_max ds) p) ^ (length ds - 1) <= 1 + IZR en / IZR ed.
Proof.
  intros He H. apply Z.leb_le, IZR_le in H.
  rewrite !mult_IZR, plus_IZR, !zp_IZR, plus_IZR, !zp_IZR, <- INR_IZR_INZ in H.
  apply IZR_lt in He. set (l := (length ds - 1)%nat) in *. set (q := 2 ^ S p) in *.
  assert (Q : 0 < q) by (apply pow_lt; lra). assert (Ql : 0 < q ^ l) by (apply pow_lt; auto).
  unfold eta_of. fold q.
  replace (1 + INR (list_max ds) / q) with ((q + INR (list_max ds)) * / q) by (field; lra).
  rewrite Rpow_mult_distr, pow_inv.
  apply Rmult_le_reg_r with (q ^ l * IZR ed); [apply Rmult_lt_0_compat; auto|].
  replace ((q + INR (list_max ds)) ^ l * / q ^ l * (q ^ l * IZR ed))
    with ((q + INR (list_max ds)) ^ l * IZR ed) by (field; lra).
  replace ((1 + IZR en / IZR ed) * (q ^ l * IZR ed)) with ((IZR ed + IZR en) * q ^ l)
    by (field; lra). auto.
Qed.

(** ** logarithms rounded up *)
(** the least n with xn/xd <= (bn/bd)^n; lhs and rhs are xn bd^n and xd bn^n *)
Fixpoint zclog_from (bn bd lhs rhs : Z) (fuel n : nat) : option nat :=
  match fuel with
  | O => None
  | S f => if (lhs <=? rhs)%Z then Some n else zclog_from bn bd (lhs * bd) (rhs * bn) f (S n)
  end.
Definition zclog (fuel : nat) (bn bd xn xd : Z) : option nat := zclog_from bn bd xn xd fuel 0.

Lemma zclog_from_ok bn bd xn xd fuel : (0 < bd < bn)%Z -> (0 < xd)%Z -> forall n r,
  zclog_from bn bd (xn * zp bd n) (xd * zp bn n) fuel n = Some r ->
  (forall m, (m < n)%nat -> (IZR bn / IZR bd) ^ m < IZR xn / IZR xd) ->
  clog (IZR bn / IZR bd) (IZR xn / IZR xd) = r.
Proof.
  intros Hb Hx.
  assert (B0 : 0 < IZR bd) by (apply IZR_lt; lia).
  assert (B1 : IZR bd < IZR bn) by (apply IZR_lt; lia).
  assert (X0 : 0 < IZR xd) by (apply IZR_lt; lia).
  assert (B2 : 1 < IZR bn / IZR bd).
  { apply Rmult_lt_reg_r with (IZR bd); auto. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
    }
  destruct (clog_spec (IZR bn / IZR bd) (IZR xn / IZR xd) B2) as [C1 C2].
  assert (Cmp : forall n, (xn * zp bd n <= xd * zp bn n)%Z <-> IZR xn / IZR xd
    <= (IZR bn / IZR bd) ^ n).
  { intros n. unfold Rdiv at 2. rewrite Rpow_mult_distr, pow_inv, <- !zp_IZR.
    assert (Z0 : 0 < IZR (zp bd n)) by (apply IZR_lt, zp_pos; lia).
    split; intros H.
    - apply IZR_le in H. rewrite !mult_IZR in H.
      apply Rmult_le_reg_r with (IZR xd * IZR (zp bd n)); [apply Rmult_lt_0_compat; auto|].
      replace (IZR xn / IZR xd * (IZR xd * IZR (zp bd n))) with (IZR xn * IZR (zp bd n))
        by (field; lra).
      replace (IZR (zp bn n) * / IZR (zp bd n) * (IZR xd * IZR (zp bd n)))
        with (IZR xd * IZR (zp bn n)) by (field; lra). auto.
    - apply le_IZR. rewrite !mult_IZR.
      apply (Rmult_le_compat_r (IZR xd * IZR (zp bd n))) in H;
        [|apply Rlt_le, Rmult_lt_0_compat; auto].
      replace (IZR xn / IZR xd * (IZR xd * IZR (zp bd n))) with (IZR xn * IZR (zp bd n)) in H
        by (field; lra).
      replace (IZR (zp bn n) * / IZR (zp bd n) * (IZR xd * IZR (zp bd n)))
        with (IZR xd * IZR (zp bn n)) in H by (field; lra). auto. }
  induction fuel as [|f IH]; intros n r H Hm; cbn [zclog_from] in H; [discriminate|].
  destruct (Z.leb_spec (xn * zp bd n) (xd * zp bn n)) as [Le|Gt].
  - injection H as <-. apply Cmp in Le. apply C2 in Le.
    destruct (Nat.lt_ge_cases (clog (IZR bn / IZR bd) (IZR xn / IZR xd)) n) as [L|L]; [|lia].
    apply Hm in L. lra.
  - apply (IH (S n) r).
    + rewrite <- H. unfold zp. rewrite Nat2Z.inj_succ, !Z.pow_succ_r by lia. f_equal; ring.
    + intros m Hm'. destruct (Nat.eq_dec m n) as [->|Ne]; [|apply Hm; lia].
      apply Rnot_le_lt. intros Le. apply Cmp in Le. lia.
Qed.
Lemma zclog_ok fuel bn bd xn xd r : (0 < bd < bn)%Z -> (0 < xd)%Z ->
  zclog fuel bn bd xn xd = Some r ->
  clog (IZR bn / IZR bd) (IZR xn / IZR xd) = r.
Proof.
  intros Hb Hx H. apply (zclog_from_ok bn bd xn xd fuel Hb Hx 0 r).
  - unfold zp. cbn [Z.of_nat]. rewrite !Z.pow_0_r, !Z.mul_1_r. exact H.
  - intros m Hm. lia.
Qed.
