(** * SignAgnosticEvaluate: the conditions and the numbers of A1 as programs on integers.

    Tolerances are given as fractions of integers, eps = en/ed and delta = dn/dd.
    - [agnostic_ok] decides in exact integer arithmetic whether a plan (widths, p, e, |C|, |D|)
      meets the conditions of A1_plan, with delta/2 for the pools and delta/2 for the digits;
      [agnostic_ok_sound] is the theorem for the plans it accepts. [agnostic_least] says that no
      smaller p, e or slack would do.
    - [agnostic_numbers] computes p, e, K, the two slacks, N, L and P of A1_theorem;
      [agnostic_numbers_correct] says that these are the functions of SignAgnosticMain.v.
    All are meant for vm_compute (evaluate.py). *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Probability Pool Network Quantize Explicit Integers.
From Pmone Require Import SignAgnosticPlan SignAgnosticEvent SignAgnosticMain.
Import ListNotations.
Open Scope Z_scope.

(** ** the failure sums: the pools' times 2^|C| 4^|D|, the digits' times 2^e / 2 *)
Definition zgeom2 (n : nat) : Z := zp 2 n - 1.
Section Sums.
Variable T : plan.
Local Notation nC := (p_C T).
Local Notation nD := (p_D T).
Local Notation K := (digits T).
(** the carries' part does not depend on the pools *)
Definition zcarries : Z :=
  zsum (fun i => zsum (fun t => zgeom2 (ins T i * t)) (seq 1 (K - 1))) (seq 0 (p_l T)).
Definition zdouble (m : nat) : Z := 3 * zp 3 (nD - m) * (zp 4 m - zp 3 m).
Definition zdoubles : Z :=
  2 * zp 2 nD * zgeom2 (2 * p_dims T 0%nat)
    + zsum (fun i => Z.of_nat (2 * K - 3) * zdouble (ins T i)) (seq 0 (p_l T)).
Definition zpools (carries : Z) : Z := zp 2 nC * zdoubles + zp 4 nD * carries.
Definition apart : Z := zp 2 nC * zp 4 nD.
Definition zpairs : Z :=
  zsum (fun i => Z.of_nat (2 * (outs T i * ins T i))) (seq 0 (p_l T - 1))
    + Z.of_nat (outs T (p_l T - 1) * ins T (p_l T - 1)).

Open Scope R_scope.
Hypothesis Hl : (1 <= p_l T)%nat.
Hypothesis Hs : sizes T.

Lemma zgeom2_ok n u : (n <= u)%nat -> IZR (zgeom2 n) = G1 n u half * 2 ^ u.
Proof.
  intros H. unfold zgeom2, half. rewrite minus_IZR, zp_IZR, G1_closed by (try lra; lia).
  rewrite (two_pow u n) by auto. pose proof (pow_half (u - n)) as A1. pose proof (pow_half n) as A2.
  replace (2 ^ n - 1) with (2 ^ n - (1/2) ^ n * 2 ^ n) by (rewrite A2; ring).
  transitivity (((1/2) ^ (u - n) * 2 ^ (u - n)) * (2 ^ n - (1/2) ^ n * 2 ^ n));
    [rewrite A1; ring|field].
Qed.
Lemma zdouble_ok m : (m <= nD)%nat -> IZR (zdouble m) = G1 m nD threeq * 4 ^ nD.
Proof.
  intros H. unfold zdouble, threeq.
  rewrite !mult_IZR, minus_IZR, !zp_IZR, G1_closed by (try lra; lia).
  replace (4 ^ nD) with (4 ^ (nD - m) * 4 ^ m) by (rewrite <- pow_add; f_equal; lia).
  rewrite <- (pow_tq (nD - m)), <- (pow_tq m). field.
Qed.
Lemma apart_ok : IZR apart = 2 ^ nC * 4 ^ nD.
Proof. unfold apart. rewrite mult_IZR, !zp_IZR. auto. Qed.
Lemma apart_pos : 0 < IZR apart.
Proof. apply IZR_lt. unfold apart. apply Z.mul_pos_pos; apply zp_pos; lia. Qed.

Lemma zpools_ok : IZR (zpools zcarries) = match_sum T * IZR apart.
Proof.
  destruct Hs as [_ Hi]. unfold zpools, zdoubles, zcarries, match_sum.
  rewrite apart_ok, !plus_IZR, !mult_IZR, !plus_IZR, !mult_IZR, !zsum_IZR, !zp_IZR.
  rewrite (rsum_ext (fun i => IZR (zsum (fun t => zgeom2 (ins T i * t)) (seq 1 (K - 1))))
                    (fun i => 2 ^ nC * rsum (fun t => G1 (ins T i * t) nC half) (seq 1 (K - 1)))).
  2:{ intros i H. apply in_seq in H. rewrite zsum_IZR, <- rsum_scal. apply rsum_ext. intros t Ht.
      apply in_seq in Ht.
      destruct (Hi i ltac:(lia)) as [B _]. rewrite (zgeom2_ok _ nC); [ring|].
      pose proof (Nat.mul_le_mono_l t (K - 1) (ins T i) ltac:(lia)). lia. }
  rewrite (rsum_ext (fun i => IZR (Z.of_nat (2 * K - 3) * zdouble (ins T i)))
                    (fun i => 4 ^ nD * (INR (2 * K - 3) * G1 (ins T i) nD threeq))).
  2:{ intros i H. apply in_seq in H. destruct (Hi i ltac:(lia)) as [_ B].
      rewrite mult_IZR, <- INR_IZR_INZ, zdouble_ok by auto. ring. }
  rewrite (zgeom2_ok _ nD).
  2:{ destruct (Hi 0%nat ltac:(lia)) as [_ B]. unfold ins in B. cbn [Nat.eqb] in B. exact B. }
  rewrite rsum_plus, !rsum_scal. rewrite (four nD). replace (2 * nD)%nat with (nD + nD)%nat by lia.
  rewrite pow_add. ring.
Qed.
Lemma zpairs_ok : digit_sum T * IZR (zp 2 (p_e T)) = 2 * IZR zpairs.
Proof.
  unfold digit_sum, zpairs. rewrite plus_IZR, zsum_IZR, zp_IZR, <- INR_IZR_INZ.
  rewrite (rsum_ext (fun i => IZR (Z.of_nat (2 * (outs T i * ins T i))))
    (fun i => INR (2 * (outs T i * ins T i))))
    by (intros; symmetry; apply INR_IZR_INZ).
  pose proof (pow_half (p_e T)) as Q.
  match goal with |- ?a * (2 * ?b) * ?c = _ => replace (a * (2 * b) * c) with (2 * a * (b * c))
    by ring end.
  rewrite Q. ring.
Qed.
End Sums.

(** ** the decision *)
Definition agnostic_of (ds : list nat) (p e nC nD : nat) : plan :=
  Plan (widths_of ds) (length ds - 1) p e nC nD.
Definition agnostic_digits_ok (T : plan) (dn dd : Z) : bool :=
  zpairs T * 4 * dd <=? dn * zp 2 (p_e T).
Definition agnostic_pools_ok (T : plan) (carries dn dd : Z) : bool :=
  zpools T carries * 2 * dd <=? dn * apart T.
Definition agnostic_sizes_ok (T : plan) : bool :=
  (1 <=? digits T)%nat &&
  forallb (fun i => (ins T i * (digits T - 1) <=? p_C T)%nat && (ins T i <=? p_D T)%nat)
    (seq 0 (p_l T)).
Definition agnostic_ok (ds : list nat) (en ed dn dd : Z) (p e nC nD : nat) : bool :=
  let T := agnostic_of ds p e nC nD in
  (2 <=? length ds)%nat && (0 <? ed) && (0 <? dd) && bits_ok ds en ed p && agnostic_sizes_ok T &&
  agnostic_digits_ok T dn dd && agnostic_pools_ok T (zcarries T) dn dd.

Open Scope R_scope.
Theorem agnostic_ok_sound : forall ds en ed dn dd p e nC nD, agnostic_ok ds en ed dn dd p e nC nD
  = true ->
  forall nm : Norm,
  let T := agnostic_of ds p e nC nD in
  at_least (1 - IZR dn / IZR dd)
    (coords_of (shape (p_dims T 0%nat) (width T) (depth T) (p_dims T (p_l T))) (depth T))
    (contains nm (p_dims T) (p_l T) (width T) (depth T) (shift T) (IZR en / IZR ed)).
Proof.
  intros ds en ed dn dd p e nC nD H nm T. unfold agnostic_ok in H. fold T in H.
  rewrite !andb_true_iff in H.
  destruct H as ((((((H1 & H2) & H3) & H4) & H5) & H6) & H7).
  apply Nat.leb_le in H1. apply Z.ltb_lt in H2, H3.
  assert (Hl : (1 <= p_l T)%nat) by (cbn; lia).
  assert (Hs : sizes T).
  { unfold agnostic_sizes_ok in H5. apply andb_true_iff in H5 as [A0 H5]. apply Nat.leb_le in A0.
    split; auto.
    intros i Hi. rewrite forallb_forall in H5. specialize (H5 i ltac:(apply in_seq; lia)).
    apply andb_true_iff in H5 as [A1 A2]. apply Nat.leb_le in A1, A2. auto. }
  apply (A1_plan nm T (list_max ds)); auto.
  - intros i _. apply nth_le_max.
  - apply (bits_ok_sound ds en ed p); auto.
  - assert (D0 : 0 < IZR dd) by (apply IZR_lt; auto). pose proof (apart_pos T Hl) as U0.
    assert (M : match_sum T <= IZR dn / IZR dd / 2).
    { apply Z.leb_le, IZR_le in H7. rewrite !mult_IZR, (zpools_ok T Hl Hs) in H7.
      apply Rmult_le_reg_r with (IZR (apart T) * (2 * IZR dd)); [apply Rmult_lt_0_compat; lra|].
      replace (IZR dn / IZR dd / 2 * (IZR (apart T) * (2 * IZR dd))) with (IZR dn * IZR (apart T))
        by (field; lra). lra. }
    assert (G : digit_sum T <= IZR dn / IZR dd / 2).
    { apply Z.leb_le, IZR_le in H6. rewrite !mult_IZR in H6. pose proof (zpairs_ok T) as Q.
      assert (F0 : 0 < IZR (zp 2 (p_e T))) by (apply IZR_lt, zp_pos; lia).
      apply Rmult_le_reg_r with (IZR (zp 2 (p_e T)) * (2 * IZR dd));
        [apply Rmult_lt_0_compat; lra|].
      replace (IZR dn / IZR dd / 2 * (IZR (zp 2 (p_e T)) * (2 * IZR dd)))
        with (IZR dn * IZR (zp 2 (p_e T))) by (field; lra).
      replace (digit_sum T * (IZR (zp 2 (p_e T)) * (2 * IZR dd)))
        with ((digit_sum T * IZR (zp 2 (p_e T))) * (2 * IZR dd)) by ring.
      rewrite Q. lra. }
    lra.
Qed.

(** ** the smallest plan *)
(** no smaller p, or e >= 2, meets its condition; no slacks (s, r) of |C| = max m_i (K-1) + s and
    |D| = max m_i + r whose s + 2r is one less fit, and none with the same s + 2r and a smaller s.
    (The failure sums fall as the pools grow, so one less stands for all smaller.) *)
Definition agnostic_least (ds : list nat) (en ed dn dd : Z) (p e s r : nat) : bool :=
  let T0 := agnostic_of ds p e 0 0 in
  let m := list_max (map (ins T0) (seq 0 (p_l T0))) in
  let carries := zcarries T0 in
  let fit s r := agnostic_pools_ok (agnostic_of ds p e (m * (digits T0 - 1) + s) (m + r)) carries
    dn dd in
  let c := (s + 2 * r)%nat in
  match p with O => true | S p' => negb (bits_ok ds en ed p') end &&
  match e with O | 1%nat | 2%nat => true | S e' =>
    negb (agnostic_digits_ok (agnostic_of ds p e' 0 0) dn dd) end &&
  forallb (fun r' => negb ((S (2 * r') <=? c)%nat && fit (c - 1 - 2 * r')%nat r'))
    (seq 0 (S r + s)) &&
  forallb (fun r' => negb ((2 * r' <=? c)%nat && fit (c - 2 * r')%nat r')) (seq (S r) s).

(** ** the numbers of A1_theorem *)
Record AgnosticNumbers :=
  { an_p : nat; an_e : nat; an_K : nat; an_sC : nat; an_sD : nat; an_N : nat; an_L : nat;
      an_P : nat }.
(** [fuel] is how far to search (None where that is too short) *)
Definition agnostic_numbers (fuel d l : nat) (en ed dn dd : Z) : option AgnosticNumbers :=
  let D := Z.of_nat d in let Lz := Z.of_nat l in
  match zclog fuel 2 1 (D * Lz * ed) en, zclog fuel 2 1 (8 * (D * Lz * (D * Lz)) * dd) dn,
    zclog fuel 2 1 (8 * Lz * dd) dn with
  | Some p, Some e, Some s =>
      let K := (p + e)%nat in
      match zclog fuel 4 3 (24 * Lz * Z.of_nat K * dd) dn with
      | Some r => Some {| an_p := p; an_e := e; an_K := K; an_sC := s; an_sD := r;
                          an_N := (2 * d * (K - 1) + s) + 2 * (2 * d + r); an_L := (1 + l * K)%nat;
                            an_P := (p * l)%nat |}
      | None => None
      end
  | _, _, _ => None
  end.

Theorem agnostic_numbers_correct : forall fuel d l en ed dn dd r, (0 < en)%Z -> (0 < ed)%Z ->
  (0 < dn)%Z -> (0 < dd)%Z ->
  agnostic_numbers fuel d l en ed dn dd = Some r ->
  let eps := IZR en / IZR ed in let delta := IZR dn / IZR dd in
  an_p r = Bits d l eps /\ an_e r = Extra d l delta /\ an_K r = AgnosticDigits d l eps delta /\
  an_sC r = SlackC l delta /\ an_sD r = SlackD d l eps delta /\
  an_N r = AgnosticWidth d l eps delta /\ an_L r = AgnosticDepth d l eps delta /\
    an_P r = AgnosticShift d l eps.
Proof.
  intros fuel d l en ed dn dd r He He' Hd Hd' H eps delta. unfold agnostic_numbers in H.
  cbv zeta in H.
  destruct (zclog fuel 2 1 _ en) as [p|] eqn:Ep; [|discriminate].
  destruct (zclog fuel 2 1 (8 * (Z.of_nat d * Z.of_nat l * (Z.of_nat d * Z.of_nat l)) * dd)%Z dn)
    as [e|] eqn:Ee; [|discriminate].
  destruct (zclog fuel 2 1 (8 * Z.of_nat l * dd)%Z dn) as [s|] eqn:Es; [|discriminate].
  destruct (zclog fuel 4 3 _ dn) as [q|] eqn:Eq; [|discriminate].
  injection H as <-. cbn [an_p an_e an_K an_sC an_sD an_N an_L an_P].
  apply zclog_ok in Ep; [|lia|auto]. apply zclog_ok in Ee; [|lia|auto].
  apply zclog_ok in Es; [|lia|auto].
  apply zclog_ok in Eq; [|lia|auto].
  apply IZR_lt in He, He', Hd, Hd'.
  assert (P1 : p = Bits d l eps).
  { rewrite <- Ep. unfold Bits. f_equal; [lra|]. unfold eps. rewrite !mult_IZR, <- !INR_IZR_INZ.
    field. lra. }
  assert (P2 : e = Extra d l delta).
  { rewrite <- Ee. unfold Extra. f_equal; [lra|]. unfold delta. rewrite !mult_IZR, <- !INR_IZR_INZ.
    field. lra. }
  assert (P3 : s = SlackC l delta).
  { rewrite <- Es. unfold SlackC. f_equal; [lra|]. unfold delta.
    rewrite !mult_IZR, <- !INR_IZR_INZ. field. lra. }
  assert (P4 : (p + e)%nat = AgnosticDigits d l eps delta)
    by (unfold AgnosticDigits, DigitsOf; congruence).
  assert (P5 : q = SlackD d l eps delta).
  { rewrite <- Eq. unfold SlackD, SlackDOf, SlackDFor. fold (AgnosticDigits d l eps delta).
    rewrite <- P4. f_equal.
    unfold delta. rewrite !mult_IZR, <- !INR_IZR_INZ. field. lra. }
  unfold AgnosticWidth, AgnosticDepth, AgnosticShift. rewrite <- P4, <- P5, <- P3, <- P1.
  repeat split; auto.
Qed.
