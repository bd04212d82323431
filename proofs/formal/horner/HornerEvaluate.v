(** * HornerEvaluate: the conditions and the numbers of S4 as programs on integers.

    Tolerances are given as fractions of integers, eps = en/ed and delta = dn/dd.
    - [plan_ok] decides in exact integer arithmetic whether a plan (widths, p, e, |U|, |A|) meets
      the conditions of S4_plan, with delta/2 for the matching and delta/2 for the digits;
      [plan_ok_sound] is the theorem for the plans it accepts.
    - [numbers] computes p, e, K, slack, N, L and P of S4_theorem; [numbers_correct] says that
      these are the functions of HornerMain.v.
    Both are meant for vm_compute (evaluate.py). *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Expansion Probability Pool Network Quantize Norms Explicit
  Integers.
From Pmone Require Import HornerPlan HornerSection HornerTicket HornerEvent HornerReadOut
  HornerDigits HornerMain.
Import ListNotations.
Open Scope Z_scope.

(** ** the failure sums, times 8^N 3^h, h the number of outputs *)
Section Sums.
Variable T : plan.
Local Notation N := (width T).
Local Notation nU := (p_U T).
Local Notation nA := (p_A T).
Definition outputs : nat := outs T (p_l T - 1).
Definition unit_ : Z := zp 8 N * zp 3 outputs.
Definition zG1h (n u : nat) : Z := zp 2 (3 * N - u) * (zp 2 n - 1) * zp 3 outputs.
Definition zG1q (n u : nat) : Z :=
  3 * zp 3 (u - n) * zp 2 (3 * N - 2 * u) * (zp 4 n - zp 3 n) * zp 3 outputs.
Definition zG2 (n : nat) : Z := (zp 2 n - 1) * zp 6 N * zp 3 outputs.
Definition zG3 : Z := 6 * (zp 4 outputs - zp 3 outputs) * zp 7 N.
Definition zmatch : Z :=
  zG1h (2 * p_dims T 0%nat) nU +
  zsum (fun i => Z.of_nat (stages T - 1) * (zG1h (ins T i) nU + 2 * zG1q (S (outs T i)) nA)
    + zG1q (S (outs T i)) N) (seq 0 (p_l T)) +
  zsum (fun i => zG2 (outs T i)) (seq 0 (p_l T - 1)) + zG3.
Definition zdigit : Z := zsum (fun i => Z.of_nat (S (outs T i) * ins T i)) (seq 0 (p_l T)).

Open Scope R_scope.
Hypothesis Hl : (1 <= p_l T)%nat.
Hypothesis Hs : sizes T.

Lemma eight : 8 ^ N = 2 ^ (3 * N).
Proof. rewrite pow_mult. f_equal. cbn. lra. Qed.
Lemma zG1h_ok n u : (n <= u <= N)%nat -> IZR (zG1h n u) = G1 n u half * IZR unit_.
Proof.
  intros H. unfold zG1h, unit_. rewrite !mult_IZR, minus_IZR, !zp_IZR. rewrite eight.
  unfold half. rewrite G1_closed by (try lra; lia).
  rewrite (two_pow (3 * N) u), (two_pow u n) by lia.
  assert (A1 : (1/2) ^ (u - n) * 2 ^ (u - n) = 1) by apply pow_half.
  assert (A2 : (1/2) ^ n * 2 ^ n = 1) by apply pow_half.
  replace (2 ^ n - 1) with (2 ^ n - (1/2) ^ n * 2 ^ n) by (rewrite A2; ring).
  transitivity (((1/2) ^ (u - n) * 2 ^ (u - n))
    * (2 ^ (3 * N - u) * (2 ^ n - (1/2) ^ n * 2 ^ n) * 3 ^ outputs)).
  - rewrite A1. ring.
  - field.
Qed.
Lemma zG1q_ok n u : (n <= u <= N)%nat -> IZR (zG1q n u) = G1 n u threeq * IZR unit_.
Proof.
  intros H. unfold zG1q, unit_. rewrite !mult_IZR, minus_IZR, !zp_IZR. rewrite eight.
  unfold threeq. rewrite G1_closed by (try lra; lia).
  rewrite (two_pow (3 * N) (2 * u)) by lia. rewrite <- (four u).
  replace (4 ^ u) with (4 ^ (u - n) * 4 ^ n) by (rewrite <- pow_add; f_equal; lia).
  rewrite <- (pow_tq (u - n)), <- (pow_tq n). field.
Qed.
Lemma zG2_ok n : IZR (zG2 n) = G2 n N * IZR unit_.
Proof.
  unfold zG2, unit_, G2. rewrite !mult_IZR, minus_IZR, !zp_IZR.
  replace (6 ^ N) with ((3/4) ^ N * 8 ^ N); [ring|]. rewrite <- Rpow_mult_distr. f_equal. field.
Qed.
Lemma zG3_ok : IZR zG3 = G3 outputs N * IZR unit_.
Proof.
  unfold zG3, unit_, G3. rewrite !mult_IZR, minus_IZR, !zp_IZR.
  replace (7 ^ N) with ((7/8) ^ N * 8 ^ N) by (rewrite <- Rpow_mult_distr; f_equal; field).
  replace (4 ^ outputs) with ((4/3) ^ outputs * 3 ^ outputs)
    by (rewrite <- Rpow_mult_distr; f_equal; field). ring.
Qed.

Lemma bounds i : (i < p_l T)%nat -> (ins T i <= nU <= N)%nat /\ (S (outs T i) <= nA <= N)%nat.
Proof. intros Hi. destruct (Hs i Hi). unfold width. lia. Qed.

Lemma zmatch_ok : IZR zmatch = match_sum T * IZR unit_.
Proof.
  unfold zmatch, match_sum. rewrite !plus_IZR, !zsum_IZR, zG3_ok.
  change (G3 (outs T (p_l T - 1)) N) with (G3 outputs N).
  destruct (bounds 0 ltac:(lia)) as [B1 B2]. unfold ins in B1. cbn [Nat.eqb] in B1.
  rewrite zG1h_ok by lia.
  rewrite (rsum_ext _ (fun i =>
    IZR unit_ * (INR (stages T - 1) * (G1 (ins T i) nU half + 2 * G1 (S (outs T i)) nA threeq)
    + G1 (S (outs T i)) N threeq))).
  2:{ intros i Hi. apply in_seq in Hi. destruct (bounds i ltac:(lia)).
      rewrite plus_IZR, mult_IZR, plus_IZR, mult_IZR, zG1h_ok, !zG1q_ok, <- INR_IZR_INZ by lia.
      ring. }
  rewrite rsum_scal.
  rewrite (rsum_ext (fun a => IZR (zG2 (outs T a))) (fun i => IZR unit_ * G2 (outs T i) N))
    by (intros; rewrite zG2_ok; ring).
  rewrite rsum_scal. ring.
Qed.
Lemma zdigit_ok : digit_sum T * IZR (zp 4 (p_e T)) = IZR zdigit.
Proof.
  unfold digit_sum, zdigit. rewrite zsum_IZR, zp_IZR, Rmult_comm, <- rsum_scal. apply rsum_ext.
  intros i _.
  rewrite <- INR_IZR_INZ.
  assert (Q : (1/4) ^ p_e T * 4 ^ p_e T = 1)
    by (rewrite <- Rpow_mult_distr; replace (1/4 * 4) with 1 by field; apply pow1).
  replace (4 ^ p_e T * (INR (S (outs T i) * ins T i) * (1 / 4) ^ p_e T))
    with (INR (S (outs T i) * ins T i) * ((1/4) ^ p_e T * 4 ^ p_e T)) by ring. rewrite Q. ring.
Qed.
Lemma unit_pos : 0 < IZR unit_.
Proof. apply IZR_lt. unfold unit_. apply Z.mul_pos_pos; apply zp_pos; lia. Qed.
End Sums.

(** ** the decision *)
Definition plan_of (ds : list nat) (p e nU nA : nat) : plan :=
  Plan (widths_of ds) (length ds - 1) p e nU nA.
Definition digits_ok (T : plan) (dn dd : Z) : bool := zdigit T * 2 * dd <=? dn * zp 4 (p_e T).
Definition pools_ok (T : plan) (dn dd : Z) : bool := zmatch T * 2 * dd <=? dn * unit_ T.
Definition sizes_ok (T : plan) : bool :=
  forallb (fun i => (ins T i <=? p_U T)%nat && (S (outs T i) <=? p_A T)%nat) (seq 0 (p_l T)).
Definition plan_ok (ds : list nat) (en ed dn dd : Z) (p e nU nA : nat) : bool :=
  let T := plan_of ds p e nU nA in
  (2 <=? length ds)%nat && (0 <? ed) && (0 <? dd) && bits_ok ds en ed p && sizes_ok T && digits_ok
    T dn dd && pools_ok T dn dd.

Open Scope R_scope.
Theorem plan_ok_sound : forall ds en ed dn dd p e nU nA, plan_ok ds en ed dn dd p e nU nA = true ->
  forall nm : Norm,
  let T := plan_of ds p e nU nA in
  at_least (1 - IZR dn / IZR dd)
    (coords_of (shape (p_dims T 0%nat) (width T) (depth T) (p_dims T (p_l T))) (depth T))
    (contains nm (p_dims T) (p_l T) (width T) (depth T) (shift T) (IZR en / IZR ed)).
Proof.
  intros ds en ed dn dd p e nU nA H nm T. unfold plan_ok in H. fold T in H.
  rewrite !andb_true_iff in H.
  destruct H as ((((((H1 & H2) & H3) & H4) & H5) & H6) & H7).
  apply Nat.leb_le in H1. apply Z.ltb_lt in H2, H3.
  assert (Hl : (1 <= p_l T)%nat) by (cbn; lia).
  assert (Hs : sizes T).
  { intros i Hi. unfold sizes_ok in H5. rewrite forallb_forall in H5.
    specialize (H5 i ltac:(apply in_seq; lia)). apply andb_true_iff in H5 as [A1 A2].
    apply Nat.leb_le in A1, A2. auto. }
  apply (S4_plan nm T (list_max ds)); auto.
  - intros i _. apply nth_le_max.
  - apply (bits_ok_sound ds en ed p); auto.
  - assert (D0 : 0 < IZR dd) by (apply IZR_lt; auto).
    pose proof (unit_pos T Hl) as U0.
    assert (M : match_sum T <= IZR dn / IZR dd / 2).
    { apply Z.leb_le, IZR_le in H7. rewrite !mult_IZR, (zmatch_ok T Hl Hs) in H7.
      apply Rmult_le_reg_r with (IZR (unit_ T) * (2 * IZR dd)); [apply Rmult_lt_0_compat; lra|].
      replace (IZR dn / IZR dd / 2 * (IZR (unit_ T) * (2 * IZR dd))) with (IZR dn * IZR (unit_ T))
        by (field; lra). lra. }
    assert (G : digit_sum T <= IZR dn / IZR dd / 2).
    { apply Z.leb_le, IZR_le in H6. rewrite !mult_IZR, <- zdigit_ok in H6.
      assert (F0 : 0 < IZR (zp 4 (p_e T))) by (apply IZR_lt, zp_pos; lia).
      apply Rmult_le_reg_r with (IZR (zp 4 (p_e T)) * (2 * IZR dd));
        [apply Rmult_lt_0_compat; lra|].
      replace (IZR dn / IZR dd / 2 * (IZR (zp 4 (p_e T)) * (2 * IZR dd)))
        with (IZR dn * IZR (zp 4 (p_e T))) by (field; lra). lra. }
    lra.
Qed.

(** ** the numbers of S4_theorem *)
Record Numbers := { n_p : nat; n_e : nat; n_K : nat; n_slack : nat; n_N : nat; n_L : nat;
  n_P : nat }.
(** [fuel] is how far to search (None where that is too short) *)
Definition numbers (fuel d l : nat) (en ed dn dd : Z) : option Numbers :=
  let D := Z.of_nat d in let Lz := Z.of_nat l in
  match zclog fuel 2 1 (D * Lz * ed) en, zclog fuel 4 1 (4 * Lz * D * (D + 1) * dd) dn with
  | Some p, Some e =>
      let K := (p + 1 + e)%nat in
      match zclog fuel 4 3 (20 * Lz * Z.of_nat K * dd) dn with
      | Some s => Some {| n_p := p; n_e := e; n_K := K; n_slack := s;
        n_N := (4 * d + 2 + 3 * s)%nat;
                          n_L := (2 + l * (K + 2))%nat; n_P := (p * l)%nat |}
      | None => None
      end
  | _, _ => None
  end.

Theorem numbers_correct : forall fuel d l en ed dn dd r, (0 < en)%Z -> (0 < ed)%Z -> (0 < dn)%Z ->
  (0 < dd)%Z ->
  numbers fuel d l en ed dn dd = Some r ->
  let eps := IZR en / IZR ed in let delta := IZR dn / IZR dd in
  n_p r = Bits d l eps /\ n_e r = Spare d l delta /\ n_K r = Stages d l eps delta /\
    n_slack r = Slack d l eps delta /\
  n_N r = Width d l eps delta /\ n_L r = Depth d l eps delta /\ n_P r = Shift d l eps.
Proof.
  intros fuel d l en ed dn dd r He He' Hd Hd' H eps delta. unfold numbers in H.
  apply IZR_lt in He, He', Hd, Hd'.
  destruct (zclog fuel 2 1 _ en) as [p|] eqn:Ep; [|discriminate].
  destruct (zclog fuel 4 1 _ dn) as [e|] eqn:Ee; [|discriminate].
  destruct (zclog fuel 4 3 _ dn) as [s|] eqn:Es; [|discriminate]. injection H as <-.
  cbn [n_p n_e n_K n_slack n_N n_L n_P].
  apply lt_IZR in He, Hd.
  apply zclog_ok in Ep; [|lia|auto]. apply zclog_ok in Ee; [|lia|auto].
  apply zclog_ok in Es; [|lia|auto].
  apply IZR_lt in He, Hd.
  assert (P1 : p = Bits d l eps).
  { rewrite <- Ep. unfold Bits. f_equal; [lra|]. unfold eps. rewrite !mult_IZR, <- !INR_IZR_INZ.
    field. lra. }
  assert (P2 : e = Spare d l delta).
  { rewrite <- Ee. unfold Spare. f_equal; [lra|]. unfold delta.
    rewrite !mult_IZR, plus_IZR, <- !INR_IZR_INZ. field. lra. }
  assert (P3 : (p + 1 + e)%nat = Stages d l eps delta) by (unfold Stages; congruence).
  assert (P4 : s = Slack d l eps delta).
  { rewrite <- Es. unfold Slack. f_equal. rewrite <- P3. unfold delta.
    rewrite !mult_IZR, <- !INR_IZR_INZ. field. lra. }
  unfold Width, Depth, Shift. rewrite <- P3, <- P4, <- P1. repeat split; auto.
Qed.

(** ** the smallest plan *)
(** slacks (s, r) of the pools |U| = max m_i + s and |A| = max n_i + 1 + r *)
Definition pools_fit (ds : list nat) (dn dd : Z) (p e s r : nat) : bool :=
  let T := plan_of ds p e 0 0 in
  let m := list_max (map (ins T) (seq 0 (p_l T))) in
  let n := list_max (map (outs T) (seq 0 (p_l T))) in
  pools_ok (plan_of ds p e (m + s) (n + 1 + r)) dn dd.
(** no smaller p or e meets its condition, no slacks whose s + 2r is one less fit, and none with the
    same s + 2r and a smaller s. (The failure sums fall as the pools grow, so one less stands for
    all smaller.) *)
Definition plan_least (ds : list nat) (en ed dn dd : Z) (p e s r : nat) : bool :=
  let c := (s + 2 * r)%nat in
  match p with O => true | S p' => negb (bits_ok ds en ed p') end &&
  match e with O => true | S e' => negb (digits_ok (plan_of ds p e' 0 0) dn dd) end &&
  forallb (fun r' => negb ((S (2 * r') <=? c)%nat && pools_fit ds dn dd p e (c - 1 - 2 * r') r'))
    (seq 0 (S r + s)) &&
  forallb (fun r' => negb ((2 * r' <=? c)%nat && pools_fit ds dn dd p e (c - 2 * r') r'))
    (seq (S r) s).
